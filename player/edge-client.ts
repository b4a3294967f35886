/** Typed calls to the edge. A failure is a value: the caller must say what the viewer sees. */
import type {
  BundleUnlockWire,
  DemoSessionWire,
  FeedWire,
  HeartbeatWire,
  OfferWire,
  UnlockWire,
  WalletWire,
} from '../core/catalog/feed-wire.ts';
import type { AutoUnlockWire, FreeUnlockWire, WaitingWire } from '../core/catalog/free-ways-wire.ts';
import { EDGE_TIMEOUT_MS, RETRY_AFTER_OTHERWISE_MS } from './limits.ts';
import { retryAfterMs } from './start/read-body.ts';
import type { TokenHolder } from './viewer-token.ts';

/** RFC 9457, with the stable `code` and the offers of a 402. */
export interface EdgeProblem {
  readonly kind: 'problem';
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly offers: readonly OfferWire[];
  /** Of a 429 that says when. */
  readonly retryAfterMs?: number | null;
}

/** No answer at all: no network, a lost connection, or a time-out. */
export interface EdgeUnreachable {
  readonly kind: 'unreachable';
}

export type EdgeFailure = EdgeProblem | EdgeUnreachable;
export type EdgeResult<Value> = { readonly kind: 'ok'; readonly value: Value } | EdgeFailure;

export interface AutoUnlockChange {
  readonly enabled: boolean;
  readonly dailyCapCoins: number;
}

export interface FeedQuery {
  readonly series: string;
  readonly after?: string;
  readonly at?: string;
  /** The episode that is about to play: a rental of it begins. */
  readonly start?: string;
  readonly limit: number;
  /** Where the viewer stopped, unless an episode is named. */
  readonly resume?: boolean;
}

/** What an offer is taken with, `POST /v1/me/unlocks`. */
export type OrderBody =
  | { readonly method: 'rental'; readonly episodeId: string; readonly expectedCoins: number }
  | { readonly method: 'wait'; readonly episodeId: string }
  | {
      readonly method: 'coins';
      readonly bundle: { readonly kind: string; readonly count?: number | undefined; readonly from: string };
      readonly expectedCoins: number;
    };
export type OrderWire = UnlockWire | BundleUnlockWire | FreeUnlockWire | WaitingWire;

export interface EdgeClient {
  readonly edge: string;
  readonly token: TokenHolder;
  feed(query: FeedQuery): Promise<EdgeResult<FeedWire>>;
  wallet(): Promise<EdgeResult<WalletWire>>;
  /** `expectedCoins` is the price the viewer saw: the edge refuses to debit another one. */
  unlock(
    episodeId: string,
    expectedCoins: number,
    idempotencyKey: string,
    auto?: boolean,
  ): Promise<EdgeResult<UnlockWire>>;
  /** Takes an offer other than that of one episode for coins. `itemId`: the episode that the answer shall bring along. */
  order(body: OrderBody, idempotencyKey: string, itemId: string): Promise<EdgeResult<OrderWire>>;
  /** What may be spent without asking. Only the viewer's own token changes it. */
  autoUnlockRule(change?: AutoUnlockChange): Promise<EdgeResult<AutoUnlockWire>>;
  addDemoCoins(idempotencyKey: string): Promise<EdgeResult<WalletWire>>;
  heartbeat(): Promise<EdgeResult<HeartbeatWire>>;
  /** Sent also by a page that closes; if it is lost, the place comes free a minute later. */
  endSession(): void;
}

export function createEdgeClient(edge: string, token: TokenHolder): EdgeClient {
  const call = async <Value>(method: string, path: string, body?: object, key?: string): Promise<EdgeResult<Value>> => {
    const send = async (): Promise<EdgeResult<Value>> => {
      const headers: Record<string, string> = { authorization: `Bearer ${await token.get()}` };
      if (key !== undefined) headers['idempotency-key'] = key;
      return await request<Value>(edge + path, method, headers, body);
    };
    const result = await send();
    if (result.kind !== 'problem') return result;
    if (result.status === 429) {
      // Refused for the rate is not a refusal of what was asked: once more, when we were told to, unless that is long.
      const waitMs = result.retryAfterMs ?? RETRY_AFTER_OTHERWISE_MS;
      if (waitMs > EDGE_TIMEOUT_MS) return result;
      await new Promise((resolve) => setTimeout(resolve, waitMs));
      return await send();
    }
    if (result.status !== 401 || !(await token.renew())) return result;
    return await send();
  };
  return {
    edge,
    token,
    feed: ({ series, after, at, start, limit, resume = false }) => {
      const query = new URLSearchParams({ series, limit: String(limit) });
      if (after !== undefined) query.set('after', after);
      if (at !== undefined) query.set('at', at);
      if (start !== undefined) query.set('start', start);
      if (resume) query.set('resume', '1');
      return call('GET', `/v1/feed?${query}`);
    },
    wallet: () => call('GET', '/v1/me/wallet'),
    unlock: (episodeId, expectedCoins, key, auto = false) => {
      const body = { episodeId, method: 'coins', expectedCoins, ...(auto ? { auto } : {}) };
      return call('POST', unlocksPath(episodeId), body, key);
    },
    order: (body, key, itemId) => call('POST', unlocksPath(itemId), body, key),
    autoUnlockRule: (change) => call(change === undefined ? 'GET' : 'PUT', '/v1/me/auto-unlock', change),
    addDemoCoins: (key) => call('POST', '/v1/demo/coins', {}, key),
    heartbeat: () => call('POST', '/v1/me/heartbeat'),
    // The page is closing: nobody is left to tell of a failure, and the place is given back when its lease ends.
    endSession: () => {
      const headers = { authorization: `Bearer ${token.current}` };
      fetch(`${edge}/v1/me/session`, { method: 'DELETE', keepalive: true, headers }).catch(() => undefined);
    },
  };
}

/** The answer brings the episode as the feed has it then: no second round trip before it goes on. */
function unlocksPath(itemId: string): string {
  return `/v1/me/unlocks?item=${encodeURIComponent(itemId)}`;
}

/** Guest viewer of a demo deployment; anywhere else the edge answers 404. */
export function openDemoSession(edge: string, series: string | null): Promise<EdgeResult<DemoSessionWire>> {
  return request(`${edge}/v1/demo/session`, 'POST', {}, series === null ? {} : { series });
}

async function request<Value>(
  url: string,
  method: string,
  headers: Record<string, string>,
  body: object | undefined,
): Promise<EdgeResult<Value>> {
  try {
    const init: RequestInit = { method, headers, signal: AbortSignal.timeout(EDGE_TIMEOUT_MS) };
    if (body !== undefined) {
      init.body = JSON.stringify(body);
      headers['content-type'] = 'application/json';
    }
    const response = await fetch(url, init);
    const answer: unknown = await response.json().catch(() => null);
    if (!response.ok) return { ...toProblem(response.status, answer), retryAfterMs: retryAfterMs(response) };
    return { kind: 'ok', value: answer as Value };
  } catch {
    return { kind: 'unreachable' };
  }
}

function toProblem(status: number, answer: unknown): EdgeProblem {
  const fields = (typeof answer === 'object' && answer !== null ? answer : {}) as Record<string, unknown>;
  const text = (value: unknown, otherwise: string): string => (typeof value === 'string' ? value : otherwise);
  return {
    kind: 'problem',
    status,
    code: text(fields['code'], `http-${status}`),
    title: text(fields['title'], 'The request failed.'),
    offers: Array.isArray(fields['offers']) ? (fields['offers'] as OfferWire[]) : [],
  };
}
