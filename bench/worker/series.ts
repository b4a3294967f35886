/** The object that counts a series and the consumer before it, with what fills them: for bench/analytics. */
import type { BeaconMessage } from '../../core/qoe/beacon-message.ts';
import type { RollupQuery } from '../../core/qoe/rollup-query.ts';
import { consume } from '../../workers/analytics/consumer/consume.ts';
import { readOverview } from '../../workers/analytics/read/overview.ts';
import { bytesOfRollup } from '../../workers/analytics/series-views/segment-bytes.ts';
import { SeriesViews } from '../../workers/analytics/series-views/series-views.ts';
import { weekOf } from '../../workers/analytics/series-views/time.ts';

const DAY_MS = 86_400_000;
const EVENTS_PER_BEACON = 2;
const MESSAGES_PER_BATCH = 100;

export class BenchSeries extends SeriesViews {
  /** As if every episode had had the same days as the first one has. */
  async copyDays(episodes: number, days: number): Promise<number> {
    const { sql } = this.ctx.storage;
    const range = { fromMs: 0, toMs: 8.64e14 };
    const [group] = await this.query({ ...range, episodeId: 'ep_0', by: [], segment: null, viewers: false });
    if (group === undefined) return 0;
    const { counts, sketches, curves } = bytesOfRollup(group.rollup);
    const end = Date.now() - (Date.now() % DAY_MS);
    sql.exec("INSERT OR REPLACE INTO meta VALUES ('closedBefore', ?)", String(end));
    sql.exec("INSERT OR REPLACE INTO meta VALUES ('weeksClosedBefore', ?)", String(weekOf(end)));
    const bytes = [counts, sketches, curves];
    for (let episode = 0; episode < episodes; episode++) {
      const insert = (grain: string, at: number): void => {
        sql.exec('INSERT OR REPLACE INTO rollups VALUES (?, ?, ?, ?, ?, ?)', `ep_${episode}`, grain, at, ...bytes);
      };
      for (let day = 1; day <= days; day++) {
        const at = end - day * DAY_MS;
        insert('day', at);
        if (weekOf(at) === at && at < weekOf(end)) insert('week', at);
      }
    }
    return counts.length + sketches.length + curves.length;
  }
}

interface BenchEnv extends AnalyticsEnv {
  readonly SERIES_VIEWS: AnalyticsEnv['SERIES_VIEWS'];
}

const tasks: Readonly<Record<string, (env: BenchEnv, input: Input) => Promise<unknown>>> = {
  /** Only makes the beacons: what is to be taken off the next one. */
  make: async (_, input) => batchesOf(input).reduce((sum, batch) => sum + JSON.stringify(batch).length, 0),
  consume: async (env, input) => {
    for (const bodies of batchesOf(input)) {
      const messages = bodies.map((body, id) => ({ id: String(id), body, attempts: 1, ack: nothing, retry: nothing }));
      await consume({ queue: 'b', messages } as unknown as MessageBatch, env, Date.now());
    }
    return null;
  },
  fill: (env, { episodes, days }) => objectOf(env).copyDays(episodes, days),
  query: async (env, { query }) => {
    const groups = await objectOf(env).query(query);
    return groups.length;
  },
  overview: async (env, { days }) => {
    const end = Date.now() - (Date.now() % DAY_MS) + DAY_MS;
    const shape = { by: 'series', seriesId: null, sort: 'views', isDescending: true, after: null, limit: 50 } as const;
    return (await readOverview(env.DB, { ...shape, by: 'episode', fromMs: end - days * DAY_MS, toMs: end })).length;
  },
};

interface Input {
  readonly messages: number;
  readonly from: number;
  readonly episodes: number;
  readonly days: number;
  readonly query: RollupQuery;
}

export default {
  async fetch(request: Request, env: BenchEnv): Promise<Response> {
    const task = tasks[new URL(request.url).pathname.slice(1)];
    return Response.json(await task?.(env, await request.json<Input>()));
  },
};

function nothing(): void {}

function objectOf(env: BenchEnv): BenchSeries {
  return env.SERIES_VIEWS.getByName('ser_bench:0') as unknown as BenchSeries;
}

function batchesOf({ messages, from, episodes }: Input): BeaconMessage[][] {
  const made = Array.from({ length: messages }, (_, index) => messageOf(from + index, episodes));
  return Array.from({ length: Math.ceil(messages / MESSAGES_PER_BATCH) }, (_, batch) =>
    made.slice(batch * MESSAGES_PER_BATCH, (batch + 1) * MESSAGES_PER_BATCH),
  );
}

/** Three beacons of a viewer, each with the view before it and the one that runs: as ours tells them. */
function messageOf(number: number, episodes: number): BeaconMessage {
  const viewer = Math.floor(number / 3);
  const step = number % 3;
  const session = `00000000-0000-4000-8000-${String(viewer).padStart(12, '0')}`;
  return {
    formatVersion: 1,
    receivedAtMs: Date.now(),
    route: 0,
    viewer: `viewer-${viewer}`,
    previousViewer: `before-${viewer}`,
    notBeforeMs: Date.now() - 3_600_000,
    botRules: null,
    dimensions: {
      country: ['US', 'IN', 'DE', 'BR', 'ID'][viewer % 5] ?? null,
      deviceType: viewer % 4 === 0 ? 'desktop' : 'phone',
      os: ['iOS 19', 'Android 16', 'Windows'][viewer % 3] ?? null,
      browser: ['Safari 19', 'Chrome 150'][viewer % 2] ?? null,
      connectionType: ['4g', 'wifi'][viewer % 2] ?? null,
      appVersion: ['5.1.0', '5.2.0'][viewer % 2] ?? null,
      experiment: null,
      audience: viewer % 3 === 0 ? 'new' : 'returning',
    },
    events: Array.from({ length: EVENTS_PER_BEACON }, (_, index) =>
      eventOf(session, viewer, step + index, episodes, index),
    ),
  };
}

function eventOf(
  sessionId: string,
  viewer: number,
  place: number,
  episodes: number,
  index: number,
): BeaconMessage['events'][0] {
  const seconds = 5 + ((viewer * 7 + place * 13) % 80);
  const isLast = index === 0;
  return {
    viewId: `${String(place).padStart(8, '0')}${sessionId.slice(8)}`,
    seq: isLast ? 2 : 1,
    sessionId,
    episodeId: `ep_${(viewer + place) % episodes}`,
    watched: [[0, isLast ? seconds : seconds / 2]],
    startupMs: 40 + ((viewer * 31) % 900),
    stalls: viewer % 9 === 0 ? [{ atSeconds: seconds / 3, durationMs: 700 }] : [],
    ended: isLast && seconds > 75,
    leftBy: isLast ? 'swipe' : null,
    details: {
      startSource: 'attached',
      renditions: [
        { atSeconds: 0, bandwidthBps: 900_000, heightPx: 960 },
        { atSeconds: 6, bandwidthBps: 2_400_000, heightPx: 1280 },
      ],
      seeks: [],
      frames: { total: seconds * 25, dropped: viewer % 4 },
      bytes: { fetched: 2_000_000, unwatched: 300_000, ahead: 400_000 },
      bandwidthBps: 4_000_000 + viewer,
      muted: false,
      muteChanges: 0,
      paywallShown: false,
      unlockMs: null,
      error: null,
      plays: [[0, isLast ? seconds : seconds / 2]],
      place: { index: place, intentMs: place * 30_000, endedMs: null, leftMs: isLast ? place * 30_000 + 20_000 : null },
      offerTaken: null,
    },
  };
}
