import type { Problem } from '#core/problem/codes.ts';
import { log, reasonOf } from '../log.ts';
import { withTimeLimit } from '../time-limit.ts';

export interface RateLimitRule {
  readonly limit: number;
  /** Cloudflare counts in windows of 10 or 60 s only. */
  readonly periodSeconds: 10 | 60;
}

/**
 * What the wrangler.toml files say, which is what counts; a test compares the two. They are for accidents, a loop
 * without a pause, not for billing: Cloudflare counts in each of its places by itself.
 */
export const RATE_LIMITS = {
  /** 100 a second of one key: a launch of 5,000 viewers a minute, with a token each, needs less. */
  apiKeyRequests: { limit: 1_000, periodSeconds: 10 },
  /** A backend with a wrong key fails a few times and is looked at; who tries keys fails without end. */
  apiKeyFailures: { limit: 60, periodSeconds: 60 },
  /** 20 a second of one viewer: swiping as fast as a thumb can is three, each with a playlist and now and then a feed. */
  viewerRequests: { limit: 200, periodSeconds: 10 },
  /** 60 a second of one viewer. Our player sends three when it swipes three times; one that speaks CMCD sends each event. */
  beaconRequests: { limit: 600, periodSeconds: 10 },
} as const satisfies Readonly<Record<string, RateLimitRule>>;

/**
 * Counts a request; the refusal when there were too many. A limiter that fails lets pass: it guards what works, and
 * must not be what stops it. (What failed to authenticate is refused in any case.)
 */
export async function overLimit(limiter: RateLimit, key: string, rule: RateLimitRule): Promise<Problem | null> {
  try {
    const { success } = await withTimeLimit(MAX_WAIT_MS, () => limiter.limit({ key }));
    if (success) return null;
  } catch (thrown) {
    log('warn', 'rate_limiter_failed', { reason: reasonOf(thrown) });
    return null;
  }
  return {
    code: 'rate-limited',
    detail: `At most ${rule.limit} in ${rule.periodSeconds} s. Wait, then go on more slowly.`,
    members: { limit: rule.limit, periodSeconds: rule.periodSeconds },
    retryAfterSeconds: rule.periodSeconds,
  };
}

/** It counts on the machine that the Worker runs on; one that takes longer has failed. */
const MAX_WAIT_MS = 250;

/** Whom failures are counted against: an address, of IPv6 the /64 that one customer has. */
export function sourceOf(request: Request): string {
  const address = request.headers.get('CF-Connecting-IP') ?? '';
  return address.includes(':') ? expandedPrefix(address) : address;
}

/** The first four groups, with `::` filled in. Cloudflare sends well-formed addresses only. */
function expandedPrefix(address: string): string {
  const [head = '', tail = ''] = address.toLowerCase().split('::');
  const front = head === '' ? [] : head.split(':');
  const back = tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: Math.max(0, 8 - front.length - back.length) }, () => '0');
  return [...front, ...(address.includes('::') ? zeros : []), ...back].slice(0, 4).join(':');
}
