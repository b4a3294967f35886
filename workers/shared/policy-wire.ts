import type { AccessPolicy } from '#core/entitlement/policy.ts';

/** The policy as callers write it and as D1 keeps it: times are ISO 8601. Validated before it was stored. */
export interface StoredPolicy extends Omit<AccessPolicy, 'freeWindows'> {
  readonly freeWindows?: readonly { readonly from: string; readonly to: string }[] | undefined;
}

export function policyFromStored(stored: StoredPolicy): AccessPolicy {
  const { freeWindows, ...policy } = stored;
  if (freeWindows === undefined) return policy;
  return {
    ...policy,
    freeWindows: freeWindows.map(({ from, to }) => ({ fromSeconds: isoToSeconds(from), toSeconds: isoToSeconds(to) })),
  };
}

function isoToSeconds(iso: string): number {
  return Math.floor(Date.parse(iso) / 1_000);
}
