import { evictDurableObject } from 'cloudflare:test';
import { describe, expect, test } from 'vitest';
import type { StreamOrder, StreamReply } from '../../../../workers/shared/viewer/rpc.ts';
import { inside, newViewer, NOW_MS, type ViewerStub } from './support/viewer.ts';

const SECOND = 1_000;
const DAY = 86_400_000;

const orderOf = (stream: string, more: Partial<StreamOrder> = {}): StreamOrder => ({
  stream,
  deviceId: null,
  issuedAtSeconds: NOW_MS / 1_000 + 1,
  maxStreams: 2,
  maxDevices: null,
  holdMs: 60 * SECOND,
  ...more,
});

async function start(
  viewer: ViewerStub,
  order: StreamOrder,
  nowMs: number = NOW_MS,
): Promise<StreamReply['outcome'] | undefined> {
  return (await viewer.state({ episodeIds: [], nowMs, stream: order })).stream?.outcome;
}

const playing = async (viewer: ViewerStub, nowMs: number = NOW_MS): Promise<string[]> =>
  (await viewer.streams({ nowMs })).map(({ stream }) => stream);

/** Some wait that nobody chose: a network, a disk, another caller. */
const pause = (toMs: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, Math.random() * toMs));

/** Twenty players of one viewer at the same moment, each after a wait of its own. How many may play? */
async function race(begin: (stream: string) => Promise<boolean>): Promise<number> {
  const begun = await Promise.all(
    Array.from({ length: 20 }, async (_, index) => {
      await pause(3);
      return begin(`sid:${index}`);
    }),
  );
  return begun.filter(Boolean).length;
}

describe('twenty players that begin at the same moment, where two are allowed', () => {
  test('are more than two for one who counts, waits and writes: the race sees such a mistake', async () => {
    let seen = 0;
    for (let round = 0; round < 20; round++) {
      const streams = new Set<string>();
      const count = await race(async (stream) => {
        const isFull = streams.size >= 2;
        await pause(5);
        if (!isFull) streams.add(stream);
        return !isFull;
      });
      seen += count === 2 ? 0 : 1;
    }
    expect(seen).toBeGreaterThanOrEqual(18);
  });

  test('are two, every time', async () => {
    for (let round = 0; round < 20; round++) {
      const viewer = newViewer();
      expect(await race(async (stream) => (await start(viewer, orderOf(stream))) === 'held')).toBe(2);
      expect(await playing(viewer)).toHaveLength(2);
    }
  });

  test('are one where they are one session', async () => {
    const viewer = newViewer();
    expect(await race(async () => (await start(viewer, orderOf('sid:one', { maxStreams: 1 }))) === 'held')).toBe(20);
    expect(await playing(viewer)).toEqual(['sid:one']);
  });
});

describe('a stream', () => {
  test.each([
    [59_999, 'too-many-streams'],
    [60_000, 'held'],
  ])('that is not heard of again, %i ms later leaves the next one: %s', async (laterMs, outcome) => {
    const viewer = newViewer();
    await start(viewer, orderOf('sid:a', { maxStreams: 1 }));
    expect(await start(viewer, orderOf('sid:b', { maxStreams: 1 }), NOW_MS + laterMs)).toBe(outcome);
  });

  test('that sends heartbeats keeps its place, and lapses a minute after the last', async () => {
    const viewer = newViewer();
    const [mine, other] = [orderOf('sid:a', { maxStreams: 1 }), orderOf('sid:b', { maxStreams: 1 })];
    await start(viewer, mine);
    for (let beat = 1; beat <= 30; beat++) {
      const nowMs = NOW_MS + beat * 20 * SECOND;
      expect(await viewer.heartbeat({ order: mine, nowMs })).toMatchObject({
        outcome: 'held',
        lapsesAtMs: nowMs + 60_000,
      });
      expect(await start(viewer, other, nowMs)).toBe('too-many-streams');
    }
    expect(await start(viewer, other, NOW_MS + 660 * SECOND)).toBe('held');
  });

  test('that lapsed takes a place again with its heartbeat, unless another has it now', async () => {
    const viewer = newViewer();
    const [mine, other] = [orderOf('sid:a', { maxStreams: 1 }), orderOf('sid:b', { maxStreams: 1 })];
    await start(viewer, mine);
    const later = NOW_MS + 70 * SECOND;
    expect((await viewer.heartbeat({ order: mine, nowMs: later })).outcome).toBe('held');
    await viewer.endStream({ stream: mine.stream, issuedAtSeconds: mine.issuedAtSeconds, onlyUnused: false });
    await start(viewer, other, later);
    expect(await viewer.heartbeat({ order: mine, nowMs: later })).toEqual({
      outcome: 'too-many-streams',
      limit: 1,
      startedAtMs: [later],
    });
  });

  test('of a player without heartbeats counts as long as its episode; the first heartbeat makes that a minute', async () => {
    const viewer = newViewer();
    const long = orderOf('sid:a', { holdMs: 150 * SECOND });
    await start(viewer, long);
    expect(await playing(viewer, NOW_MS + 149 * SECOND)).toEqual(['sid:a']);
    await viewer.heartbeat({ order: orderOf('sid:a'), nowMs: NOW_MS + SECOND });
    expect(await playing(viewer, NOW_MS + 60 * SECOND)).toEqual(['sid:a']);
    expect(await playing(viewer, NOW_MS + 61 * SECOND)).toEqual([]);
  });

  test('is never shortened by another request of its session, nor by one whose Worker has an older clock', async () => {
    const viewer = newViewer();
    await start(viewer, orderOf('sid:a', { holdMs: 150 * SECOND }));
    await start(viewer, orderOf('sid:a'), NOW_MS + SECOND);
    await start(viewer, orderOf('sid:a'), NOW_MS - 5 * SECOND);
    expect(await playing(viewer, NOW_MS + 149 * SECOND)).toEqual(['sid:a']);
  });

  test('that is ended gives its place back at once, and ending it twice is no mistake', async () => {
    const viewer = newViewer();
    const end = { stream: 'sid:a', issuedAtSeconds: orderOf('').issuedAtSeconds, onlyUnused: false };
    await start(viewer, orderOf('sid:a', { maxStreams: 1 }));
    await viewer.endStream(end);
    await viewer.endStream(end);
    expect(await start(viewer, orderOf('sid:b', { maxStreams: 1 }))).toBe('held');
  });

  test('that opened nothing is taken back only if nothing renewed it meanwhile', async () => {
    const viewer = newViewer();
    const unused = { stream: 'sid:a', issuedAtSeconds: orderOf('').issuedAtSeconds, onlyUnused: true };
    await start(viewer, orderOf('sid:a'));
    await start(viewer, orderOf('sid:a'));
    await viewer.endStream(unused);
    expect(await playing(viewer)).toEqual(['sid:a']);
  });

  test('plays on where the limit was lowered since; the next one meets the new limit', async () => {
    const viewer = newViewer();
    for (const name of ['sid:a', 'sid:b']) await start(viewer, orderOf(name));
    expect(await start(viewer, orderOf('sid:b', { maxStreams: 1 }))).toBe('held');
    expect(await start(viewer, orderOf('sid:c', { maxStreams: 1 }))).toBe('too-many-streams');
  });

  test('survives the object’s sleep, and leaves no row behind once it lapsed', async () => {
    const viewer = newViewer();
    await start(viewer, orderOf('sid:a'));
    await evictDurableObject(viewer);
    expect(await playing(viewer)).toEqual(['sid:a']);
    await start(viewer, orderOf('sid:b'), NOW_MS + DAY);
    expect(await inside(viewer, (sql) => sql.exec('SELECT stream FROM stream_leases').toArray())).toEqual([
      { stream: 'sid:b' },
    ]);
  });
});

describe('a device', () => {
  const on = (deviceId: string, more: Partial<StreamOrder> = {}): StreamOrder =>
    orderOf(`did:${deviceId}`, { deviceId, maxDevices: 2, maxStreams: null, ...more });

  test('is let in while there is room; the next is refused and leaves no trace', async () => {
    const viewer = newViewer();
    expect([await start(viewer, on('tv')), await start(viewer, on('phone')), await start(viewer, on('tv'))]).toEqual([
      'held',
      'held',
      'held',
    ]);
    expect(await start(viewer, on('tablet', { maxStreams: 5 }))).toBe('too-many-devices');
    expect((await viewer.devices({ nowMs: NOW_MS })).map(({ deviceId }) => deviceId)).toEqual(['phone', 'tv']);
    expect(await playing(viewer)).toEqual([]);
  });

  test('that was not seen for thirty days makes room', async () => {
    const viewer = newViewer();
    await start(viewer, on('old'));
    await start(viewer, on('phone'), NOW_MS + DAY);
    expect(await start(viewer, on('new'), NOW_MS + 30 * DAY - 1)).toBe('too-many-devices');
    expect(await start(viewer, on('new'), NOW_MS + 30 * DAY)).toBe('held');
  });

  test('that is used daily keeps its place for ever', async () => {
    const viewer = newViewer();
    for (let day = 0; day < 60; day++) await start(viewer, on('tv', { maxDevices: 1 }), NOW_MS + day * DAY);
    expect(await start(viewer, on('phone', { maxDevices: 1 }), NOW_MS + 60 * DAY)).toBe('too-many-devices');
  });

  test('that is freed makes room at once, and its stream ends', async () => {
    const viewer = newViewer();
    for (const name of ['tv', 'phone']) await start(viewer, on(name, { maxStreams: 2 }));
    expect(await viewer.forgetDevice({ deviceId: 'tv' })).toBe(true);
    expect(await viewer.forgetDevice({ deviceId: 'tv' })).toBe(false);
    expect(await start(viewer, on('tablet', { maxStreams: 2 }))).toBe('held');
    expect(await playing(viewer)).toEqual(['did:phone', 'did:tablet']);
  });

  test('takes no place where its stream is refused', async () => {
    const viewer = newViewer();
    await start(viewer, on('tv', { maxStreams: 1 }));
    expect(await start(viewer, on('phone', { maxStreams: 1 }))).toBe('too-many-streams');
    expect((await viewer.devices({ nowMs: NOW_MS })).map(({ deviceId }) => deviceId)).toEqual(['tv']);
  });

  test('of twenty at the same moment, two get in', async () => {
    const viewer = newViewer();
    expect(await race(async (name) => (await start(viewer, on(name))) === 'held')).toBe(2);
  });
});

describe('a revocation', () => {
  test('ends every stream, and its old tokens take, keep and end none', async () => {
    const viewer = newViewer();
    const old = orderOf('sid:a', { maxStreams: 1, issuedAtSeconds: NOW_MS / 1_000 - 10 });
    await start(viewer, old);
    await viewer.revoke({ nowSeconds: NOW_MS / 1_000 });
    expect(await playing(viewer)).toEqual([]);
    expect(await start(viewer, old)).toBe('revoked');
    expect(await viewer.heartbeat({ order: old, nowMs: NOW_MS })).toEqual({ outcome: 'revoked' });
    expect(await start(viewer, orderOf('sid:a', { maxStreams: 1 }))).toBe('held');
    await viewer.endStream({ ...old, onlyUnused: false });
    expect(await playing(viewer)).toEqual(['sid:a']);
  });
});

test('a viewer whose streams are not limited is not counted', async () => {
  const viewer = newViewer();
  expect((await viewer.state({ episodeIds: [], nowMs: NOW_MS })).stream).toBeNull();
  expect(await playing(viewer)).toEqual([]);
  expect(await viewer.devices({ nowMs: NOW_MS })).toEqual([]);
});
