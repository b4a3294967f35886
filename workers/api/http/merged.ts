import type { Problem } from '#core/problem/codes.ts';
import type { Merged } from '#shared/viewer/rpc.ts';

/** The answer to whatever would change a viewer who is part of another one now. */
export function mergedProblem({ into }: Merged): Problem {
  const detail = 'Send this for the viewer that `viewerId` names.';
  return { code: 'viewer-merged', detail, members: { viewerId: into } };
}
