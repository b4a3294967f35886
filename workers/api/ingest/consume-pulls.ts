import { z } from 'zod';
import { ID_PATTERN } from '#core/id.ts';
import { log, reasonOf } from '#shared/log.ts';
import { listSilentPulls } from '../db/uploads.ts';
import { openDb } from '../http/context.ts';
import { MAX_PULLS_RESENT, PULL_SILENCE_MS } from '../limits.ts';
import { quarantine } from '../projection/quarantine.ts';
import { runPull, sendPull } from './pull-source.ts';

export const PULLS_QUEUE = 'cliffhanger-pulls';

const pullMessage = z.object({ uploadId: z.string().regex(ID_PATTERN) });

/**
 * Each message once: what has to be tried again is sent anew, with its attempts counted in D1. A message comes again only
 * where its Worker died, and what the queue gives up is kept for a person; the pull itself goes on by the cron.
 */
export async function consumePulls({ queue, messages }: MessageBatch, env: ApiEnv): Promise<void> {
  for (const message of messages) {
    const parsed = pullMessage.safeParse(message.body);
    if (parsed.success) await runLogged(env, parsed.data.uploadId);
    else await quarantine(openDb(env.DB), queue, message, `uploadId: ${parsed.error.issues[0]?.message}`);
    message.ack();
  }
}

async function runLogged(env: ApiEnv, uploadId: string): Promise<void> {
  await runPull(env, uploadId).catch((thrown: unknown) =>
    // The cron finds it silent and sends it again.
    log('error', 'pull_broke', { uploadId, reason: reasonOf(thrown) }),
  );
}

/** Pulls whose message was lost, or whose Worker died. */
export async function resendPulls(env: ApiEnv, nowMs: number): Promise<void> {
  for (const { id } of await listSilentPulls(openDb(env.DB), nowMs - PULL_SILENCE_MS, MAX_PULLS_RESENT))
    await sendPull(env, id);
}
