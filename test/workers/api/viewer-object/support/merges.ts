/** A guest and the viewer that it becomes part of. */
import { newViewer, NOW_MS, type ViewerStub } from './viewer.ts';

export const requestOf = (guest: string, target: string) => ({
  idempotencyKey: `${guest} into ${target}`,
  requestSha256: guest,
  guest,
  target,
  openUntilMs: NOW_MS + 60_000,
  nowMs: NOW_MS,
});

export interface Pair {
  readonly viewer: ViewerStub;
  readonly guest: ViewerStub;
  readonly request: ReturnType<typeof requestOf>;
}

export function pair(): Pair {
  const [target, guest] = [crypto.randomUUID(), crypto.randomUUID()];
  return { viewer: newViewer(target), guest: newViewer(guest), request: requestOf(guest, target) };
}

export async function merge({ viewer, guest, request }: Pair): Promise<void> {
  await viewer.openMerge(request);
  const begun = await guest.beginMerge(request);
  if (begun.outcome !== 'begun') throw new Error(begun.outcome);
  await viewer.applyMerge({ ...begun, nowMs: NOW_MS });
  await guest.finishMerge(begun.transferId);
}
