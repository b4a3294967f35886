import { z } from 'zod';

/** Free text for people: bounded, and without control characters, so that it can stand in a playlist or a page. */
const text = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .regex(/^[^\p{Cc}\p{Cs}\u2028\u2029]*$/u, 'must not contain control characters');
const isoTime = z.iso.datetime({ offset: true });
const title = text(200);
const synopsis = text(2_000);
const number = z.int().min(0).max(100_000);

export const seriesInput = z.strictObject({
  slug: z
    .string()
    .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'lower-case letters, digits and single dashes')
    .max(80),
  title,
  synopsis: synopsis.nullish(),
});
export const seriesChange = seriesInput.partial();

export const groupInput = z.strictObject({ number, title });

export const episodeInput = z.strictObject({
  number,
  title,
  synopsis: synopsis.nullish(),
  seasonId: z.string().max(64).nullish(),
  arcId: z.string().max(64).nullish(),
  tier: text(40).nullish(),
  releaseAt: isoTime.nullish(),
});
export const episodeChange = episodeInput.partial();

/** `at` is when viewers get it; without it, now (or at the episode's own releaseAt). */
export const publishInput = z.strictObject({ at: isoTime.nullish() });
export const noInput = z.strictObject({});

const country = z.string().regex(/^[A-Z]{2}$/, 'an ISO 3166-1 alpha-2 code, e.g. DE');

/** `next` says how many; `season` and `series` are what is left of them. */
const bundle = z
  .strictObject({
    kind: z.enum(['next', 'season', 'series']),
    count: z.int().min(2).max(100).optional(),
    discountPercent: z.int().min(0).max(99),
  })
  .refine(
    ({ kind, count }) => (kind === 'next') === (count !== undefined),
    'count belongs to the kind next, and only to it',
  );

/**
 * The access policy as far as it is enforced. `ad` and `wait` of contract.md are refused until they are: a rule that is
 * stored and not kept would be worse than an error.
 */
export const accessPolicyInput = z.strictObject({
  freeEpisodes: z.int().min(0).max(100_000).optional(),
  coinPrice: z.int().min(0).max(1_000_000).optional(),
  previewSeconds: z.number().min(0).max(3_600).optional(),
  passes: z
    .array(z.string().regex(/^[a-z0-9][a-z0-9_-]{0,39}$/))
    .max(20)
    .optional(),
  freeWindows: z
    .array(
      z
        .strictObject({ from: isoTime, to: isoTime })
        .refine(({ from, to }) => Date.parse(from) < Date.parse(to), 'from must be before to'),
    )
    .max(50)
    .optional(),
  countries: z
    .strictObject({ allow: z.array(country).max(250).optional(), deny: z.array(country).max(250).optional() })
    .optional(),
  rental: z
    .strictObject({
      coins: z.int().min(1).max(1_000_000),
      hours: z.int().min(1).max(8_760),
      startWithinHours: z.int().min(1).max(8_760).optional(),
    })
    .optional(),
  bundles: z.array(bundle).max(10).optional(),
  maxHeight: z.int().min(1).max(10_000).optional(),
});
