import { QUOTE_TTL_MS } from '#core/ledger/limits.ts';
import type { Problem } from '#core/problem/codes.ts';
import { err, ok, type Result } from '#core/result.ts';
import { viewerObject } from '#shared/playback/decide-episode.ts';
import type { QuoteRecord } from '#shared/viewer/rpc.ts';
import { priceOrder, stillToBuy, type PricedOrder } from './price-order.ts';
import type { UnlockCaller, Wanted } from './unlock-order.ts';

type Env = Pick<ApiEnv, 'DB' | 'VIEWERS'>;

/** A price that holds for a quarter of an hour, whatever the policy says by then. */
export async function makeQuote(
  env: Env,
  caller: UnlockCaller,
  wanted: Exclude<Wanted, { kind: 'quote' }>,
): Promise<Result<QuoteRecord, Problem>> {
  const priced = await priceOrder(env, caller, wanted);
  if (!priced.ok) return priced;
  if (priced.value.coins === 0) return err({ code: 'unlock-not-needed', detail: 'The viewer may play it already.' });
  const { nowMs } = caller;
  const { grantsVersion: _, ...price } = priced.value;
  const quote = { ...price, expiresAtMs: nowMs + QUOTE_TTL_MS, nowMs };
  return ok(await viewerObject(env.VIEWERS, caller.viewerId).storeQuote(quote));
}

/**
 * The quoted price, less what need not be bought any more: what is left costs what it was quoted at, with the quoted
 * discount. So a price may fall after it was shown, and never rise.
 */
export async function priceQuote(
  env: Env,
  caller: UnlockCaller,
  quoteId: string,
): Promise<Result<PricedOrder, Problem>> {
  const quote = await viewerObject(env.VIEWERS, caller.viewerId).quote(quoteId);
  if (quote === null) return err({ code: 'quote-not-found', detail: 'It is of another viewer, or long gone.' });
  if (quote.expiresAtMs <= caller.nowMs) {
    return err({ code: 'quote-expired', detail: 'Ask for a new one. Nothing was debited.' });
  }
  const ids = quote.episodes.map(({ id }) => id);
  const { ids: open, grantsVersion } = await stillToBuy(env, caller, ids, quote.method);
  const episodes = quote.episodes.filter(({ id }) => open.has(id));
  if (episodes.length === 0)
    return err({ code: 'unlock-not-needed', detail: 'Nothing of it is left to buy. Nothing was debited.' });
  const { method, rental, bundle } = quote;
  if (bundle === null || episodes.length === quote.episodes.length) {
    return ok({ method, rental, bundle, episodes: quote.episodes, coins: quote.coins, grantsVersion });
  }
  const listCoins = episodes.reduce((sum, { coins }) => sum + coins, 0);
  const coins = Math.ceil((listCoins * (100 - bundle.discountPercent)) / 100);
  return ok({ method, rental, episodes, coins, bundle: { ...bundle, listCoins }, grantsVersion });
}
