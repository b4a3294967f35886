/** May a viewer play an episode, and how else. */
import { z } from 'zod';
import type { DecisionWire, OfferWire } from '#core/catalog/feed-wire.ts';
import { named } from '../names.ts';
import { coins, count, id, seconds, text, time } from './scalars.ts';

const price = { coins: count, balance: coins, shortCoins: count.describe('What the viewer lacks, debts included.') };

const offer = named(
  'Offer',
  z
    .discriminatedUnion('method', [
      z.object({ ...price, method: z.literal('coins') }),
      z.object({ ...price, method: z.literal('rental'), hours: z.number(), startWithinHours: z.number() }),
      z.object({
        ...price,
        method: z.literal('bundle'),
        bundle: z.object({ kind: z.enum(['next', 'season', 'series']), count: count.optional() }),
        episodeCount: count,
        listCoins: count,
        discountPercent: z.number(),
      }),
      z.object({ method: z.literal('ad'), adsPerUnlock: count, adsWatched: count, adsLeftToday: count }),
      z.object({
        method: z.literal('wait'),
        hours: z.number(),
        readyAt: time.nullable().describe('While a wait for this episode runs.'),
        waitingForEpisodeId: id.nullable().describe('The episode of the series that is waited for now; one at a time.'),
      }),
      z.object({ method: z.literal('pass'), passes: z.array(text(40)).max(20) }),
    ])
    .describe('A way to unlock.'),
) satisfies z.ZodType<OfferWire>;

export const decision = named(
  'Decision',
  z
    .object({
      access: z.enum(['full', 'preview', 'locked']),
      basis: text(32).describe(
        'Why: `free`, `free-window`, `unlock`, `rental`, `ad`, `wait`, `grant`, `pass`, `preview`, `price`, `country`, `unavailable`.',
      ),
      until: time.nullable().describe('null: does not end by itself.'),
      previewSeconds: seconds.nullable(),
      offers: z.array(offer).max(20),
    })
    .describe('May this viewer play this episode, and why.'),
) satisfies z.ZodType<DecisionWire>;
