/** What the engine tells hls.js and its element, and when. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { PlaybackWire } from '../../core/catalog/feed-wire.ts';
import type { EngineContext } from '../../player/engine.ts';
import { HlsEngine } from '../../player/hls-engine.ts';
import { REPLACE_PATIENCE_MS } from '../../player/limits.ts';

type Heard = (event: string, data: object) => void;

/** What of hls.js the engine talks to. */
class FakeHls {
  static readonly Events = new Proxy({}, { get: (_target, name) => name });
  static readonly ErrorTypes = { MEDIA_ERROR: 'media', NETWORK_ERROR: 'network' };
  static last: FakeHls;
  readonly levels: { details?: object }[] = [{ details: {} }];
  readonly config = {};
  loadLevelObj: { frameRate: number } | null = null;
  readonly told: string[] = [];
  readonly #heard = new Map<string, Heard>();

  constructor() {
    FakeHls.last = this;
  }

  on(event: string, heard: Heard): void {
    this.#heard.set(event, heard);
  }

  once(event: string, heard: Heard): void {
    this.on(event, (...told) => {
      this.#heard.delete(event);
      heard(...told);
    });
  }

  emit(event: string, data: object = { frag: { type: 'main' } }): void {
    this.#heard.get(event)?.(event, data);
  }

  attachMedia(): void {}
  loadSource(): void {}
  destroy(): void {}

  startLoad(): void {
    this.told.push(this.levels[0]?.details === undefined ? 'load anew' : 'load');
  }

  stopLoad(): void {
    this.told.push('stop');
  }
}

vi.mock('../../player/hls-builds.ts', () => ({ buildFor: () => 'light', loadedHls: () => FakeHls, loadHls: vi.fn() }));

const MULTIVARIANT = '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1,RESOLUTION=9x16\nv0/media.m3u8\n';

function playback(pass: string): PlaybackWire {
  const url = `https://edge/m/${pass}/multivariant.m3u8`;
  const playlists = { [url]: MULTIVARIANT, [`https://edge/m/${pass}/v0/media.m3u8`]: '#EXTM3U\n' };
  return { url, expiresAt: '', playableSeconds: 4, posterUrl: '', playlists };
}

let engine: HlsEngine;
let video: { currentTime: number };
let told: string[];
const source = (pass: string) => ({ playback: playback(pass), durationSeconds: 60, isPreview: false });

beforeEach(() => {
  vi.useFakeTimers();
  const nothing = (): null => null;
  const media = { chooseRung: nothing, openBundle: nothing, openRest: nothing, abort: nothing, replace: nothing };
  video = { currentTime: 1 };
  engine = new HlsEngine(
    {
      video,
      base: 'https://edge/',
      media: { ...media, source: {}, rung: null },
      bandwidth: { bps: 1 },
      onFailure: nothing,
      onRendition: nothing,
    } as unknown as EngineContext,
    { ...source('a'), isPreview: true },
  );
  engine.setActive(true);
  ({ told } = FakeHls.last);
});

afterEach(() => vi.useRealTimers());

// In the middle of a segment hls.js would wait for the rest of it for good.
describe('new playlists', () => {
  test('are loaded at once where nothing is on its way, as at the end of a preview', () => {
    FakeHls.last.emit('FRAG_LOADING');
    FakeHls.last.emit('FRAG_BUFFERED');
    engine.replace(source('b'), true);
    expect(told).toEqual(['load anew']);
  });

  test('wait for the segment that is on its way, through a stall and beside sound, and are loaded once', () => {
    FakeHls.last.emit('FRAG_LOADING');
    engine.replace(source('b'), true);
    engine.replace(source('c'), true);
    FakeHls.last.emit('ERROR', { details: 'bufferStalledError' });
    FakeHls.last.emit('FRAG_BUFFERED', { frag: { type: 'audio' } });
    expect(told).toEqual([]);
    FakeHls.last.emit('FRAG_BUFFERED');
    vi.advanceTimersByTime(REPLACE_PATIENCE_MS);
    expect(told).toEqual(['load anew']);
  });

  test('wait no longer than for a segment that fails or does not come', () => {
    FakeHls.last.emit('FRAG_LOADING');
    engine.replace(source('b'), true);
    vi.advanceTimersByTime(REPLACE_PATIENCE_MS);
    expect(told).toEqual(['load anew']);
    FakeHls.last.emit('FRAG_LOADING');
    engine.replace(source('c'), true);
    FakeHls.last.emit('ERROR', { frag: { type: 'main' }, details: 'fragLoadError' });
    expect(told).toEqual(['load anew', 'load anew']);
  });

  test('of an episode that was left are loaded when the viewer comes back, of a destroyed one never', () => {
    FakeHls.last.emit('FRAG_LOADING');
    engine.replace(source('b'), true);
    engine.setActive(false);
    vi.advanceTimersByTime(REPLACE_PATIENCE_MS);
    expect(told).toEqual(['stop']);
    engine.setActive(true);
    expect(told).toEqual(['stop', 'load anew']);
    FakeHls.last.emit('FRAG_LOADING');
    engine.replace(source('c'), true);
    engine.destroy();
    vi.advanceTimersByTime(REPLACE_PATIENCE_MS);
    expect(told).toEqual(['stop', 'load anew']);
  });
});

describe('when there are buffers', () => {
  const BEFORE = 1;
  const created = (frameRate: number | null): number => {
    FakeHls.last.loadLevelObj = frameRate === null ? null : { frameRate };
    FakeHls.last.emit('BUFFER_CREATED');
    return video.currentTime;
  };

  test.each([
    [60, 0.015],
    [30, 0.03],
    [20, 0.045],
  ])('a warm episode of %d frames a second goes to the end of its first frame', (frameRate, seconds) => {
    engine.setActive(false);
    expect(created(frameRate)).toBeCloseTo(seconds, 5);
  });

  test('what is watched stays where it is', () => {
    expect(created(30)).toBe(BEFORE);
  });

  test.each([null, 0, Number.NaN, 2, 19])('nothing is left out of what has %s frames a second', (frameRate) => {
    engine.setActive(false);
    expect(created(frameRate)).toBe(BEFORE);
  });

  test('new ones of what was left in the middle leave it there', () => {
    created(30);
    engine.setActive(false);
    expect(created(30)).toBe(BEFORE);
  });
});
