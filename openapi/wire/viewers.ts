import { z } from 'zod';
import type {
  BundleUnlockWire,
  QuoteWire,
  UnlockedEpisodeWire,
  UnlockWire,
  WalletWire,
} from '#core/catalog/feed-wire.ts';
import type { AdIntentWire, AutoUnlockWire, FreeUnlockWire, WaitingWire } from '#core/catalog/free-ways-wire.ts';
import { VIEWER_ID_PATTERN } from '#core/token/limits.ts';
import type { SeriesAccessWire } from '../../workers/api/series-access.ts';
import { named } from '../names.ts';
import { decision } from './decision.ts';
import { feedItem } from './feed-item.ts';
import { coins, count, id, pageOf, seconds, text, time } from './scalars.ts';

export const viewerId = z.string().max(64).regex(VIEWER_ID_PATTERN);
const coinKind = z.enum(['paid', 'bonus']);

export const wallet = named(
  'Wallet',
  z.object({
    coins: coins.describe('What can be spent: paid and bonus coins.'),
    paid: coins,
    bonus: coins,
    lots: z.array(z.object({ kind: coinKind, remaining: count, expiresAt: time.nullable() })).max(10_000),
    debtCoins: count.describe('Owed after a chargeback: while it is not 0, nothing is sold for coins.'),
    mergedInto: viewerId.nullable().describe('The viewer that has all of this now.'),
  }),
) satisfies z.ZodType<WalletWire>;

export const seriesAccess = named(
  'SeriesAccess',
  z.object({
    series: z.object({ id, slug: text(80) }),
    items: z.array(z.object({ episode: z.object({ id, number: count, title: text(200) }), decision })).max(2_000),
  }),
) satisfies z.ZodType<SeriesAccessWire>;

export const credit = named(
  'Credit',
  z.object({
    id,
    coins: count,
    kind: coinKind,
    expiresAt: time.nullable(),
    reference: text(200).nullable(),
    createdAt: time,
    wallet,
  }),
);

const rental = named(
  'Rental',
  z.object({ hours: z.number(), startBy: time, startedAt: time.nullable(), until: time.nullable() }),
);
const boughtEpisode = {
  id,
  episodeId: id,
  method: z.enum(['coins', 'rental']),
  coins: count.describe('Of a bundle: its share.'),
  rental: rental.nullable(),
  createdAt: time,
  endedAt: time.nullable().describe('When a refund, a chargeback or a merge ended it.'),
};

const unlockListed = named('ListedUnlock', z.object(boughtEpisode)) satisfies z.ZodType<UnlockedEpisodeWire>;
export const unlockPage = pageOf('UnlockPage', unlockListed);

const item = feedItem
  .describe('With `?item=`: what the feed would say of that episode now; absent where it could not be told.')
  .exactOptional();
const alreadyUnlocked = z.boolean().describe('The viewer had the episode before this call: nothing was debited.');
const unlock = named(
  'CoinUnlock',
  z.object({ ...boughtEpisode, alreadyUnlocked, wallet, item }),
) satisfies z.ZodType<UnlockWire>;
const freeUnlock = named(
  'FreeUnlock',
  z.object({
    id,
    episodeId: id,
    method: z.enum(['ad', 'wait']),
    coins: z.literal(0),
    createdAt: time,
    alreadyUnlocked,
    wallet,
    item,
  }),
) satisfies z.ZodType<FreeUnlockWire>;
const bundleUnlock = named(
  'BundleUnlock',
  z.object({
    method: z.literal('coins'),
    episodeIds: z.array(id).max(1_500),
    coins: count,
    listCoins: count,
    discountPercent: z.number(),
    unlocks: z.array(unlockListed).max(1_500).describe('Each may be refunded by itself.'),
    alreadyUnlocked: z.literal(false),
    wallet,
    item,
  }),
) satisfies z.ZodType<BundleUnlockWire>;
export const unlocked = named('Unlock', z.union([unlock, bundleUnlock, freeUnlock]));

export const quote = named(
  'Quote',
  z.object({
    id,
    method: z.enum(['coins', 'rental']),
    episodeIds: z.array(id).max(1_500),
    coins: count,
    listCoins: count,
    discountPercent: z.number(),
    expiresAt: time.describe('The price holds until then.'),
  }),
) satisfies z.ZodType<QuoteWire>;

export const waiting = named(
  'Waiting',
  z.object({ method: z.literal('wait'), id, episodeId: id, startedAt: time, readyAt: time, item }),
) satisfies z.ZodType<WaitingWire>;

export const adIntent = named(
  'AdIntent',
  z.object({
    intent: id,
    customData: text(1_000).describe('Hand it to the ad; the network’s callback brings it back.'),
    expiresAt: time,
    adsWatched: count,
    adsPerUnlock: count,
    adsLeftToday: count,
  }),
) satisfies z.ZodType<AdIntentWire>;

export const autoUnlock = named(
  'AutoUnlock',
  z.object({
    enabled: z.boolean(),
    dailyCapCoins: count,
    spentTodayCoins: count,
    leftTodayCoins: count,
    resetsAt: time,
  }),
) satisfies z.ZodType<AutoUnlockWire>;

export const ledgerPage = pageOf(
  'LedgerPage',
  named(
    'LedgerEntry',
    z.object({
      id,
      kind: text(32).describe(
        '`credit`, `unlock`, `rental`, `lapse`, `refund`, `chargeback`, `repay`, `adjustment`, `transfer-out`, `transfer-in`.',
      ),
      coins: coins.describe('Signed: what it changed.'),
      paid: coins,
      bonus: coins,
      debtCoins: coins.describe('Signed: what it changed of the debt.'),
      reference: text(200).nullable(),
      reason: text(500).nullable(),
      actor: text(100).nullable().describe('Who made a correction.'),
      episodeId: id.nullable(),
      episodeIds: z.array(id).max(1_500),
      createdAt: time,
    }),
  ),
);

export const grant = named(
  'Grant',
  z.object({
    id,
    scope: z.enum(['episode', 'season', 'series', 'all']),
    targetId: id.nullable(),
    pass: text(40).nullable(),
    expiresAt: time.nullable(),
    createdAt: time,
  }),
);

export const revocation = named('Revocation', z.object({ revokedAt: time }));

export const resume = named(
  'Resume',
  z.object({
    resume: z.object({ seriesId: id, episodeId: id, positionSeconds: seconds, at: time }).nullable(),
  }),
);

export const sessionPage = pageOf(
  'SessionPage',
  z.object({
    session: text(200),
    deviceId: text(128).nullable(),
    startedAt: time,
    renewedAt: time,
    expiresAt: time,
  }),
);

export const devicePage = pageOf(
  'DevicePage',
  z.object({ deviceId: text(128), firstSeenAt: time, lastSeenAt: time }),
  1_000,
);

export const viewerToken = named('ViewerToken', z.object({ token: text(6_000), expiresAt: time, viewerId }));

export const viewerExport = named(
  'ViewerExport',
  z.looseObject({ viewerId }).describe('One member for each table that holds something of the viewer.'),
);
