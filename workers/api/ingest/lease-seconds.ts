import {
  DEFAULT_LEASE_SECONDS,
  DEFAULT_RETRY_AFTER_SECONDS,
  MAX_LEASE_SECONDS,
  MAX_RETRY_AFTER_SECONDS,
  MIN_LEASE_SECONDS,
} from '#core/ingest/limits.ts';

/** LEASE_SECONDS as far as it makes sense: a deployment that sets it wrong still gives jobs back. */
export function leaseSecondsOf({ LEASE_SECONDS }: Pick<ApiEnv, 'LEASE_SECONDS'>): number {
  const seconds = Number(LEASE_SECONDS);
  if (LEASE_SECONDS === '' || !Number.isInteger(seconds)) return DEFAULT_LEASE_SECONDS;
  return Math.min(MAX_LEASE_SECONDS, Math.max(MIN_LEASE_SECONDS, seconds));
}

/** RETRY_AFTER_SECONDS likewise; "0": at once. */
export function retryAfterSecondsOf({ RETRY_AFTER_SECONDS }: Pick<ApiEnv, 'RETRY_AFTER_SECONDS'>): number {
  const seconds = Number(RETRY_AFTER_SECONDS);
  if (RETRY_AFTER_SECONDS === '' || !Number.isInteger(seconds) || seconds < 0) return DEFAULT_RETRY_AFTER_SECONDS;
  return Math.min(MAX_RETRY_AFTER_SECONDS, seconds);
}
