import { UnavailableError } from '#shared/binding-call.ts';
import { ProblemError } from '#shared/http/problem.ts';
import { viewerObject } from '#shared/playback/decide-episode.ts';
import type { Merged, ViewerRpc } from '#shared/viewer/rpc.ts';
import { ERASED } from './http/merged.ts';
import { MAX_MERGE_HOPS } from './limits.ts';

/** For good: 410, and trying again is of no use. Who must not be told so catches it. */
export class ErasedError extends ProblemError {
  constructor() {
    super(ERASED);
  }
}

/**
 * For what nobody can be told to send again for another viewer, such as the word of a store: a guest that was merged
 * names who has all of it now, and that one is asked.
 */
export async function askOwner<Reply extends object>(
  env: Pick<ApiEnv, 'VIEWERS'>,
  viewerId: string,
  ask: (viewer: ViewerRpc) => Promise<Reply | Merged>,
): Promise<{ readonly viewerId: string; readonly reply: Exclude<Reply, Merged> }> {
  let owner = viewerId;
  for (let hop = 0; hop < MAX_MERGE_HOPS; hop++) {
    const reply = await ask(viewerObject(env.VIEWERS, owner));
    if (!isMerged(reply)) return { viewerId: owner, reply: reply as Exclude<Reply, Merged> };
    if (reply.into === null) throw new ErasedError();
    owner = reply.into;
  }
  throw new UnavailableError('viewer', 'the viewer was merged too often');
}

function isMerged(reply: object): reply is Merged {
  return 'outcome' in reply && reply.outcome === 'merged';
}
