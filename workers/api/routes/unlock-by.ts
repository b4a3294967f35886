import type { z } from 'zod';
import { problemResponse } from '#shared/http/problem.ts';
import { freeResponse } from '../free-way.ts';
import type { ApiContext } from '../http/context.ts';
import { placeUnlock, unlockResponse } from '../place-unlock.ts';
import { makeQuote } from '../quote-order.ts';
import { unlockByAd } from '../unlock-by-ad.ts';
import { unlockByWait } from '../unlock-by-wait.ts';
import type { UnlockCaller } from '../unlock-order.ts';
import { quoteToWire } from '../unlock-wire.ts';
import { askedOf, orderedOf, type quoteInput, type unlockInput } from './unlock-input.ts';

type Orderer = Pick<UnlockCaller, 'viewerId' | 'claims' | 'country' | 'nowMs'>;

/** Every way in, for the viewer and for the viewer's backend. */
export async function unlockBy(
  c: ApiContext,
  input: z.infer<typeof unlockInput>,
  orderer: Orderer & { readonly idempotencyKey: string },
): Promise<Response> {
  const asked = askedOf(input);
  switch (asked.by) {
    case 'wait':
      return freeResponse(c, await unlockByWait(c.env, { ...orderer, episodeId: asked.episodeId }));
    case 'ad':
      return freeResponse(c, await unlockByAd(c.env, { ...orderer, episodeId: asked.episodeId }));
    case 'coins': {
      const caller = { ...orderer, expectedCoins: asked.expectedCoins };
      return unlockResponse(c, await placeUnlock(c.env, caller, asked.wanted));
    }
  }
}

export async function quoteFor(c: ApiContext, input: z.infer<typeof quoteInput>, orderer: Orderer): Promise<Response> {
  const caller = { ...orderer, idempotencyKey: '', expectedCoins: null };
  const quote = await makeQuote(c.env, caller, orderedOf(input));
  return quote.ok ? c.json(quoteToWire(quote.value), 201) : problemResponse(quote.error);
}
