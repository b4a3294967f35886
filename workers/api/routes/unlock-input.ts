import { z } from 'zod';
import type { Wanted } from '../unlock-order.ts';

/** What an unlock, or a quote for one, is asked with. */
const id = z.string().max(64);
const bundle = z.strictObject({
  kind: z.enum(['next', 'season', 'series']),
  count: z.int().min(2).max(100).optional(),
  /** The episode that the viewer stands at; the call's own `episodeId` says the same. */
  from: id.optional(),
});

const what = { episodeId: id.optional(), bundle: bundle.optional() };

const NAME_ONE = 'name an episodeId with a method, or a bundle (with its `from`) with the method coins';

interface What {
  readonly episodeId?: string | undefined;
  readonly bundle?: z.infer<typeof bundle> | undefined;
  readonly method?: 'coins' | 'rental' | 'ad' | 'wait' | undefined;
  readonly quoteId?: string | undefined;
}

/** One call for every way in. */
export const unlockInput = z
  .strictObject({
    ...what,
    method: z.enum(['coins', 'rental', 'ad', 'wait'], 'one of coins, rental, ad, wait').optional(),
    quoteId: id.optional(),
    expectedCoins: z.int().min(0).optional(),
    auto: z.boolean().optional(),
  })
  .refine((input: What) => input.quoteId !== undefined || isNamed(input), NAME_ONE)
  .refine(
    ({ quoteId, ...input }: What) => quoteId === undefined || (!input.episodeId && !input.bundle && !input.method),
    'a quoteId says everything; nothing else goes with it',
  )
  .refine(
    ({ method, expectedCoins, auto }) =>
      (method !== 'ad' && method !== 'wait') || (expectedCoins === undefined && auto === undefined),
    'expectedCoins and auto go with coins',
  )
  .refine(
    ({ auto, method, episodeId, bundle: wanted }) =>
      auto !== true || (method === 'coins' && episodeId !== undefined && wanted === undefined),
    'auto is for a single episode, by coins',
  )
  .refine(
    ({ auto, expectedCoins }) => auto !== true || expectedCoins !== undefined,
    'auto needs expectedCoins: what nobody was shown is not spent',
  );

export const quoteInput = z
  .strictObject({ ...what, method: z.enum(['coins', 'rental'], 'one of coins, rental').optional() })
  .refine(isNamed, NAME_ONE);

function isNamed({ episodeId, bundle: wanted, method }: What): boolean {
  if (wanted === undefined) return episodeId !== undefined && method !== undefined;
  return method === 'coins' && (wanted.from ?? episodeId) !== undefined;
}

type UnlockInput = z.infer<typeof unlockInput>;

export type Asked =
  | { readonly by: 'coins'; readonly wanted: Wanted; readonly expectedCoins: number | null }
  | { readonly by: 'ad' | 'wait'; readonly episodeId: string };

export function askedOf(input: UnlockInput): Asked {
  const { method, episodeId = '', quoteId, auto, expectedCoins = null } = input;
  if (method === 'ad' || method === 'wait') return { by: method, episodeId };
  const wanted: Wanted = quoteId === undefined ? orderedOf({ ...input, method, auto }) : { kind: 'quote', quoteId };
  return { by: 'coins', wanted, expectedCoins };
}

interface Ordered extends Pick<What, 'episodeId' | 'bundle'> {
  readonly method?: 'coins' | 'rental' | undefined;
  readonly auto?: boolean | undefined;
}

export function orderedOf({ episodeId, bundle: wanted, method, auto }: Ordered): Exclude<Wanted, { kind: 'quote' }> {
  if (wanted === undefined)
    return { kind: 'episode', episodeId: episodeId ?? '', method: method ?? 'coins', auto: auto === true };
  const { from, ...terms } = wanted;
  return { kind: 'bundle', bundle: terms, fromEpisodeId: from ?? episodeId ?? '' };
}
