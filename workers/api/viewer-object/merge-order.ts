/** Longer than any call lives that said it would send somebody: what is older was left behind. */
const OPPOSITE_MEMORY_MS = 15 * 60_000;

/**
 * Why a viewer cannot leave for another one now; null when it can. Who is about to take somebody in must not leave
 * meanwhile. Of two that are to become part of each other, the one whose id comes first goes, and the other stays for as
 * long as a call to send the first may be on its way: both would be frozen, each waiting for the other.
 */
export function refuseToLeave(
  sql: SqlStorage,
  { guest, target, nowMs }: { readonly guest: string; readonly target: string; readonly nowMs: number },
): 'busy' | 'opposite' | null {
  const expected = sql
    .exec<{ guest: string; open_until: number }>(
      'SELECT guest, open_until FROM merge_in WHERE open_until > ?',
      nowMs - OPPOSITE_MEMORY_MS,
    )
    .toArray();
  if (expected.some((each) => each.guest === target) && target < guest) return 'opposite';
  return expected.some((each) => each.guest !== target && each.open_until > nowMs) ? 'busy' : null;
}
