import type { Problem } from '#core/problem/codes.ts';
import { CONSOLE_SESSION_SECONDS } from '../keys/console-session.ts';

/** `__Host-`: from this very host, over TLS, for no subdomain. @see RFC 6265bis 4.1.3.2 */
const NAME = '__Host-cliffhanger';

/** Only the console's own script sends it: a form cannot, and from another origin it would need a CORS that we never give. */
const PROOF_HEADER = 'Cliffhanger-Console';

const ATTRIBUTES = 'Path=/; Secure; HttpOnly; SameSite=Strict';

export function setConsoleCookie(sealed: string): string {
  return `${NAME}=${sealed}; Max-Age=${CONSOLE_SESSION_SECONDS}; ${ATTRIBUTES}`;
}

export const CLEAR_CONSOLE_COOKIE = `${NAME}=; Max-Age=0; ${ATTRIBUTES}`;

export function consoleCookie(request: Request): string | null {
  for (const pair of request.headers.get('Cookie')?.split(';') ?? []) {
    const [name = '', value = ''] = pair.trim().split('=', 2);
    if (name === NAME && value !== '') return value;
  }
  return null;
}

/**
 * A cookie comes along with whatever a browser sends, so it is not enough that it is there: the page that asks must be of
 * this origin, and a write must be the console's own. SameSite=Strict alone would let in every other page of the site.
 *
 * @see OWASP ASVS 5.0, 3.5.1 to 3.5.3
 */
export function refuseForeign(request: Request): Problem | null {
  const isWrite = request.method !== 'GET' && request.method !== 'HEAD';
  if (isSameOrigin(request, isWrite) && (!isWrite || request.headers.get(PROOF_HEADER) === '1')) return null;
  const detail = `With the console's cookie, only its own page may ask: same origin, and ${PROOF_HEADER}: 1 on what writes. Elsewhere, send an API key.`;
  return { code: 'console-request-refused', detail };
}

/** Every browser that is supported says it (Sec-Fetch-Site, or Origin on writes); `none` is an address that was typed. */
function isSameOrigin(request: Request, isWrite: boolean): boolean {
  const site = request.headers.get('Sec-Fetch-Site');
  if (site !== null) return site === 'same-origin' || (site === 'none' && !isWrite);
  const origin = request.headers.get('Origin');
  return origin === null ? !isWrite : origin === new URL(request.url).origin;
}
