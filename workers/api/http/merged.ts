import type { Problem } from '#core/problem/codes.ts';
import { ProblemError } from '#shared/http/problem.ts';
import { viewerObject } from '#shared/playback/decide-episode.ts';
import type { Merged } from '#shared/viewer/rpc.ts';

/** The answer to whatever would change a viewer who is part of another one now, or was erased. */
export function mergedProblem({ into }: Merged): Problem {
  if (into === null) return ERASED;
  const detail = 'Send this for the viewer that `viewerId` names.';
  return { code: 'viewer-merged', detail, members: { viewerId: into } };
}

export const ERASED: Problem = {
  code: 'viewer-erased',
  detail: 'Nothing was done. Use another id for a person who comes back.',
};

/** For calls that would write the viewer's id elsewhere than in the viewer's object, which refuses by itself. */
export async function refuseErased(env: Pick<ApiEnv, 'VIEWERS'>, viewerId: string): Promise<void> {
  if ((await viewerObject(env.VIEWERS, viewerId).tombstone()) !== null) throw new ProblemError(ERASED);
}
