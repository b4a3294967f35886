/** Containers run nowhere but at Cloudflare: what stands in for one here knows what ours asks of it, and no more. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { inRoot } from '../../scripts/lib/paths.ts';

vi.mock('cloudflare:workers', () => ({
  DurableObject: class {
    readonly ctx: unknown;
    readonly env: unknown;
    constructor(ctx: unknown, env: unknown) {
      this.ctx = ctx;
      this.env = env;
    }
  },
}));

interface Instance {
  start(): Promise<boolean>;
  alarm(): Promise<void>;
}
/** By its path, as the types of Workers are not those of Node. */
const { TranscoderInstance } = (await import(inRoot('workers/transcoders/index.ts'))) as {
  TranscoderInstance: new (ctx: unknown, env: unknown) => Instance;
};

const HOUR_MS = 3_600_000;
let running = false;
let alarmAt: number | null = null;
let inactivityMs = 0;
let ends = Promise.withResolvers<void>();

const container = {
  get running() {
    return running;
  },
  start: () => void (running = true),
  destroy: async () => void (running = false),
  monitor: () => ends.promise,
  setInactivityTimeout: async (milliseconds: number) => void (inactivityMs = milliseconds),
};
const kept = new Map<string, unknown>();
const storage = {
  put: async (key: string, value: unknown) => void kept.set(key, value),
  get: async (key: string) => kept.get(key),
  setAlarm: async (at: number) => void (alarmAt = at),
};

function instance(): Instance {
  const ctx = { container, storage, id: { toString: () => 'a'.repeat(64) }, waitUntil: () => undefined };
  return new TranscoderInstance(ctx, { EDGE_URL: '', TRANSCODER_WEBHOOK_SECRET: '' });
}

/** As the runtime does: an object that was evicted is made anew for its alarm. */
async function ring(): Promise<void> {
  if (alarmAt === null) throw new Error('no alarm is set');
  vi.setSystemTime(alarmAt);
  alarmAt = null;
  await instance().alarm();
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
  [running, alarmAt, inactivityMs, ends] = [false, null, 0, Promise.withResolvers<void>()];
});
afterEach(() => void vi.useRealTimers());

describe('the object of a container', () => {
  test('is awake at least each minute while that runs, and not after it', async () => {
    expect(await instance().start()).toBe(true);
    for (let rings = 0; rings < 20; rings++) {
      expect((alarmAt ?? Infinity) - Date.now()).toBeLessThan(60_000);
      await ring();
    }
    running = false;
    await ring();
    expect(alarmAt).toBeNull();
  });

  test('asks that it be kept for as long as a job may take, whoever asks for it meanwhile', async () => {
    await instance().start();
    expect(inactivityMs).toBeGreaterThanOrEqual(HOUR_MS);
    expect(await instance().start()).toBe(false);
  });

  test('ends one that hangs, after six hours', async () => {
    await instance().start();
    const from = Date.now();
    while (running && Date.now() - from < 24 * HOUR_MS) await ring();
    expect(Math.round((Date.now() - from) / HOUR_MS)).toBe(6);
    expect(alarmAt).toBeNull();
  });

  test('says why it ended', async () => {
    const said = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    await instance().start();
    ends.reject(new Error('exit code 78'));
    await vi.waitFor(() => expect(said).toHaveBeenCalledWith(expect.stringContaining('exit code 78')));
    said.mockRestore();
  });
});
