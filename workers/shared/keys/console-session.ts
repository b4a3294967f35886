import { seal, unseal } from './seal.ts';

/** A working day. Whoever comes back the next morning brings the key again. @see security.md API-12 */
export const CONSOLE_SESSION_SECONDS = 12 * 3_600;

/** What the console's cookie stands for: one secret of one API key, until a time. */
export interface ConsoleSession {
  readonly secretSha256: string;
  readonly expiresAtMs: number;
}

/** Of the key's hash, so that a session opens what the key does, for as long as the key does, and not a table of its own. */
export async function sealConsoleSession(masterSecret: string, session: ConsoleSession): Promise<string> {
  return seal(contextOf(masterSecret), `${session.expiresAtMs} ${session.secretSha256}`);
}

/** null for what was not sealed here, was changed, or has ended. */
export async function openConsoleSession(
  masterSecret: string,
  sealed: string,
  nowMs: number,
): Promise<ConsoleSession | null> {
  if (!SEALED.test(sealed)) return null;
  const text = await unseal(contextOf(masterSecret), sealed).catch(() => null);
  const [expiresAt = '', secretSha256 = ''] = text?.split(' ') ?? [];
  const expiresAtMs = Number(expiresAt);
  return text !== null && expiresAtMs > nowMs ? { secretSha256, expiresAtMs } : null;
}

/** A nonce of 12 bytes, then 13 digits, a space, 43 characters and the tag. */
const SEALED = /^[\w-]{16}\.[\w-]{98}$/;

function contextOf(masterSecret: string) {
  return { masterSecret, purpose: 'console-session|v1', owner: 'console' };
}
