import { viewerObject } from '#shared/playback/decide-episode.ts';

/** Of the viewer's object: takes back what a payment brought, once for each reference; an unknown one waits for its credit. */
interface Chargebacks {
  chargeback(request: {
    readonly reference: string;
    readonly policy: 'debt' | 'revoke' | 'absorb';
    readonly reason: string | null;
    readonly nowMs: number;
  }): Promise<unknown>;
}

/**
 * Takes back what a payment brought. An object that has no such call yet throws, as one that is down does: then the
 * purchase stays as it is, the store sends its message again, and the cron tries each minute.
 */
export async function reverseCredit(
  env: Pick<ApiEnv, 'VIEWERS'>,
  viewerId: string,
  reference: string,
  nowMs: number,
): Promise<void> {
  const viewer: object = viewerObject(env.VIEWERS, viewerId);
  const reason = 'the store gave the money back';
  await (viewer as Chargebacks).chargeback({ reference, policy: 'debt', reason, nowMs });
}
