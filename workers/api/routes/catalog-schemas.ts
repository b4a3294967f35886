import { z } from 'zod';
import {
  EXPERIMENT_BUCKETS,
  MAX_DROP_EPISODES,
  MAX_DROP_POLICIES,
  MAX_GRAPH_EDGES,
  MAX_LANGUAGES,
  MAX_SERIES_EPISODES,
} from '#core/catalog/limits.ts';

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

const protection = z.enum(['none', 'aes-128', 'cbcs']).optional();

/** BCP 47, brought to its canonical form: `EN-us` is `en-US`. */
export const languageTag = z
  .string()
  .max(35)
  .transform((tag, context) => {
    try {
      return Intl.getCanonicalLocales(tag)[0] ?? tag;
    } catch {
      context.addIssue({ code: 'custom', message: 'must be a BCP 47 language tag, e.g. es-MX' });
      return z.NEVER;
    }
  });

export const seriesInput = z.strictObject({
  slug: z
    .string()
    .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'lower-case letters, digits and single dashes')
    .max(80),
  title,
  synopsis: synopsis.nullish(),
  protection,
  defaultLanguage: languageTag.nullish(),
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
 * The access policy as far as it is enforced: a rule that is stored and not kept would be worse than an error.
 */
export const accessPolicyInput = z.strictObject({
  freeEpisodes: z.int().min(0).max(100_000).optional(),
  coinPrice: z.int().min(0).max(1_000_000).optional(),
  previewSeconds: z.number().min(0).max(3_600).optional(),
  passes: z
    .array(z.string().regex(/^[a-z0-9][a-z0-9_-]{0,39}$/))
    .max(20)
    .optional(),
  ad: z.strictObject({ adsPerUnlock: z.int().min(1).max(10), dailyCap: z.int().min(1).max(1_000) }).optional(),
  // A month: longer than anybody waits.
  wait: z.strictObject({ hours: z.number().gt(0).max(720) }).optional(),
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

const id = z.string().min(1).max(64);

const edgeInput = z.strictObject({
  from: id,
  to: id,
  kind: z.enum(['next', 'branch', 'recap', 'bonus']),
  when: z
    .strictObject({
      access: z.enum(['full', 'locked']).optional(),
      of: id.optional(),
      experiment: z
        .strictObject({
          name: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,39}$/),
          from: z.int().min(0).max(EXPERIMENT_BUCKETS),
          to: z.int().min(0).max(EXPERIMENT_BUCKETS),
        })
        .refine(({ from, to }) => from < to, 'from must be below to; the buckets are those from `from` to before `to`')
        .optional(),
    })
    .refine(({ access, experiment }) => access !== undefined || experiment !== undefined, 'needs access or experiment')
    .refine(({ access, of }) => of === undefined || access !== undefined, 'of goes with access only')
    .nullish(),
  choice: text(80).nullish(),
  autoplay: z.boolean().optional(),
});
export type EdgeInput = z.infer<typeof edgeInput>;

/** `nodes` and what else a GET answers may come back as they were; they are not what is written. */
export const graphInput = z.object({ edges: z.array(edgeInput).max(MAX_GRAPH_EDGES) });

export const reorderInput = z.strictObject({ episodeIds: z.array(id).max(MAX_SERIES_EPISODES) });

export const localisationInput = z.strictObject({ title, synopsis: synopsis.nullish() });

export const dropInput = z
  .strictObject({
    at: isoTime.nullish(),
    episodes: z
      .array(id)
      .max(MAX_DROP_EPISODES)
      .refine((ids) => new Set(ids).size === ids.length, 'names an episode twice')
      .default([]),
    policies: z
      .array(z.strictObject({ scope: z.enum(['series', 'season', 'episode']), id, policy: accessPolicyInput }))
      .max(MAX_DROP_POLICIES)
      .refine(
        (list) => new Set(list.map((each) => `${each.scope} ${each.id}`)).size === list.length,
        'sets one policy twice',
      )
      .default([]),
    requireCaptionLanguages: z.array(languageTag).max(MAX_LANGUAGES).default([]),
  })
  .refine(({ episodes, policies }) => episodes.length + policies.length > 0, 'needs episodes or policies');

export const sourcePullInput = z.strictObject({
  url: z.string().max(2_048).describe('Public https; a presigned one is good. It is shown to nobody.'),
});
