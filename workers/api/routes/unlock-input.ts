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

const what = {
  episodeId: id.optional(),
  bundle: bundle.optional(),
  method: z.enum(['coins', 'rental'], 'one of coins, rental').optional(),
};

const NAME_ONE = 'name an episodeId with a method, or a bundle (with its `from`) with the method coins';

interface What {
  readonly episodeId?: string | undefined;
  readonly bundle?: z.infer<typeof bundle> | undefined;
  readonly method?: 'coins' | 'rental' | undefined;
  readonly quoteId?: string | undefined;
}

export const unlockInput = z
  .strictObject({ ...what, quoteId: id.optional(), expectedCoins: z.int().min(0).optional() })
  .refine((input: What) => input.quoteId !== undefined || isNamed(input), NAME_ONE)
  .refine(
    ({ quoteId, ...input }: What) => quoteId === undefined || (!input.episodeId && !input.bundle && !input.method),
    'a quoteId says everything; nothing else goes with it',
  );

export const quoteInput = z.strictObject(what).refine(isNamed, NAME_ONE);

function isNamed({ episodeId, bundle: wanted, method }: What): boolean {
  if (wanted === undefined) return episodeId !== undefined && method !== undefined;
  return method === 'coins' && (wanted.from ?? episodeId) !== undefined;
}

export function wantedOf(input: What): Wanted {
  if (input.quoteId !== undefined) return { kind: 'quote', quoteId: input.quoteId };
  return orderedOf(input);
}

export function orderedOf({ episodeId, bundle: wanted, method }: What): Exclude<Wanted, { kind: 'quote' }> {
  if (wanted === undefined) return { kind: 'episode', episodeId: episodeId ?? '', method: method ?? 'coins' };
  const { from, ...terms } = wanted;
  return { kind: 'bundle', bundle: terms, fromEpisodeId: from ?? episodeId ?? '' };
}
