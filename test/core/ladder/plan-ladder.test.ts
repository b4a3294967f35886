import { describe, expect, it } from 'vitest';
import { MAX_OBJECTS_PER_VERSION } from '#core/ingest/limits.ts';
import type { SourceAnalysis } from '#core/ladder/analysis.ts';
import { measureBandwidth, targetDurationSeconds } from '#core/ladder/bandwidth.ts';
import { planBoundaryFrames } from '#core/ladder/boundaries.ts';
import { framesPerSecond, snapFrameRate } from '#core/ladder/frame-rate.ts';
import { type LadderPlan, type LadderRequest, planLadder } from '#core/ladder/plan-ladder.ts';
import { DEFAULT_ENCODING_SETTINGS } from '#core/ladder/settings.ts';
import type { SourceAudio, SourceProbe, SourceText, SourceVideo } from '#core/ladder/source.ts';

const LIMITS = {
  maxDurationSeconds: 900,
  maxPixels: 35_389_440,
  minSidePixels: 32,
  maxObjects: MAX_OBJECTS_PER_VERSION,
};

const VIDEO: SourceVideo = {
  streamIndex: 0,
  codec: 'h264',
  encrypted: false,
  storedWidth: 1080,
  storedHeight: 1920,
  rotationDegrees: 0,
  sampleAspectRatio: 1,
  averageFrameRate: 24,
  transfer: 'sdr',
  matrix: 'bt709',
  startSeconds: 0,
  durationSeconds: 40,
};

const AUDIO: SourceAudio = {
  streamIndex: 1,
  codec: 'aac',
  encrypted: false,
  isDefault: true,
  language: null,
  title: null,
  startSeconds: 0,
  durationSeconds: 40,
};

function probe(video: Partial<SourceVideo> = {}, audio: readonly SourceAudio[] = [AUDIO]): SourceProbe {
  return { durationSeconds: 40, video: [{ ...VIDEO, ...video }], audio, text: [] };
}

function request(source: SourceProbe, changes: Partial<LadderRequest> = {}): LadderRequest {
  return {
    source,
    settings: DEFAULT_ENCODING_SETTINGS,
    cutPointsSeconds: [],
    limits: LIMITS,
    analysis: null,
    av1Obstacle: null,
    ...changes,
  };
}

function plan(source: SourceProbe, changes: Partial<LadderRequest> = {}): LadderPlan {
  const result = planLadder(request(source, changes));
  if (!result.ok) throw new Error(result.error.reason);
  return result.value;
}

function sizes(source: SourceProbe): readonly string[] {
  return plan(source).rungs.map((rung) => `${rung.name} ${rung.width}x${rung.height}`);
}

function boundarySeconds(durationSeconds: number, cutPointsSeconds: readonly number[] = []): readonly number[] {
  const frameRate = { numerator: 24, denominator: 1 };
  return planBoundaryFrames({ frameCount: durationSeconds * 24, frameRate, cutPointsSeconds }).map(
    (frame) => frame / 24,
  );
}

describe('the rungs of an episode', () => {
  it('a full HD vertical episode gets four rungs, named from the lowest', () => {
    expect(sizes(probe())).toEqual(['v0 360x640', 'v1 540x960', 'v2 720x1280', 'v3 1080x1920']);
  });

  it.each([
    ['720x1280', { storedWidth: 720, storedHeight: 1280 }, 'v2 720x1280'],
    [
      'a phone held upright, stored sideways',
      { storedWidth: 1920, storedHeight: 1080, rotationDegrees: -90 },
      'v3 1080x1920',
    ],
    ['odd sides', { storedWidth: 405, storedHeight: 719 }, 'v0 360x640'],
    ['landscape', { storedWidth: 640, storedHeight: 360 }, 'v1 540x960'],
    ['landscape with wide pixels', { storedWidth: 640, storedHeight: 360, sampleAspectRatio: 2 }, 'v1 540x960'],
    ['smaller than the lowest rung', { storedWidth: 320, storedHeight: 240 }, 'v0 320x568'],
    ['a very tall phone', { storedWidth: 1080, storedHeight: 2340 }, 'v3 1080x1920'],
  ])('%s: the best rung never shows invented pixels', (_, video, top) => {
    expect(sizes(probe(video)).at(-1)).toBe(top);
  });

  it.each([
    ['9:16', 1080, 1920, 'exact'],
    ['405:719', 405, 719, 'exact'],
    ['1:2, a long phone', 1080, 2160, 'crop'],
    ['2:3', 1080, 1620, 'blur-pad'],
    ['square', 1080, 1080, 'blur-pad'],
    ['16:9', 1920, 1080, 'blur-pad'],
  ])('a %s picture is fitted as %4$s', (_, storedWidth, storedHeight, kind) => {
    const { fit, rungs } = plan(probe({ storedWidth, storedHeight }));
    const top = rungs.at(-1);
    expect(fit.kind).toBe(kind);
    expect([fit.scaled.width % 2, fit.scaled.height % 2]).toEqual([0, 0]);
    if (kind === 'crop')
      expect(fit.scaled.width >= (top?.width ?? 0) && fit.scaled.height >= (top?.height ?? 0)).toBe(true);
    else expect(fit.scaled.width <= (top?.width ?? 0) && fit.scaled.height <= (top?.height ?? 0)).toBe(true);
  });

  it('a player starts on 540x960, or on what is nearest to it', () => {
    expect(plan(probe()).firstRungName).toBe('v1');
    expect(plan(probe({ storedWidth: 400, storedHeight: 711 })).firstRungName).toBe('v0');
  });
});

describe('frame rate', () => {
  it.each([
    [24, 24],
    [24000 / 1001, 23.976],
    [37200 / 1241, 29.97],
    [90000 / 3001, 30],
    [25.01, 25],
    [50, 25],
    [60000 / 1001, 29.97],
    [60, 30],
    [15, 30],
    [12, 24],
    [17.3, 30],
    [57600, 30],
    [null, 30],
  ])('an average of %d fps is shown at %d', (average, expected) => {
    expect(framesPerSecond(snapFrameRate(average))).toBeCloseTo(expected, 3);
  });
});

describe('segment boundaries', () => {
  it('are short while a swipe is likely and long after', () => {
    expect(boundarySeconds(23)).toEqual([0, 1, 2, 4, 6, 8, 10, 14, 18, 22]);
  });

  it('a last moment under a second joins the segment before it', () => {
    expect(boundarySeconds(14.5)).toEqual([0, 1, 2, 4, 6, 8, 10]);
    expect(boundarySeconds(15)).toEqual([0, 1, 2, 4, 6, 8, 10, 14]);
    expect(boundarySeconds(0.5)).toEqual([0]);
  });

  it('a preview ends exactly at a boundary, and a near one of the ramp gives way', () => {
    expect(boundarySeconds(16, [5])).toEqual([0, 1, 2, 4, 5, 6, 7, 8, 10, 14]);
    expect(boundarySeconds(16, [6.25])).toEqual([0, 1, 2, 4, 6.25, 7.25, 8.25, 10, 14]);
    expect(boundarySeconds(16, [15.5])).toEqual([0, 1, 2, 4, 6, 8, 10, 14, 15.5]);
  });

  it('are short again where a preview ends, as who pays there waits for the first one', () => {
    expect(boundarySeconds(23, [4])).toEqual([0, 1, 2, 4, 5, 6, 8, 10, 14, 18, 22]);
    expect(boundarySeconds(23, [14])).toEqual([0, 1, 2, 4, 6, 8, 10, 14, 15, 16, 18, 22]);
    expect(boundarySeconds(23, [15])).toEqual([0, 1, 2, 4, 6, 8, 10, 14, 15, 16, 17, 18, 22]);
    expect(boundarySeconds(15.5, [14])).toEqual([0, 1, 2, 4, 6, 8, 10, 14]);
  });

  it.each([24_000 / 1_001, 24, 25, 30_000 / 1_001, 60])(
    'none is shorter than half a second, and none after a cut than nine tenths, wherever that is (%d fps)',
    (fps) => {
      const frameRate = { numerator: Math.round(fps * 1_001), denominator: 1_001 };
      for (let cut = 0.5; cut <= 28; cut += 0.1) {
        const frames = [
          ...planBoundaryFrames({ frameCount: Math.round(30 * fps), frameRate, cutPointsSeconds: [cut] }),
        ];
        const starts = frames.map((frame) => frame / fps);
        const lengths = [...starts, 30].slice(1).map((end, n) => end - (starts[n] ?? 0));
        const at = starts.findIndex((start) => Math.abs(start - cut) < 0.6 / fps);
        expect(at, `${cut} s`).toBeGreaterThan(0);
        expect(Math.min(...lengths), `${cut} s: ${starts.join()}`).toBeGreaterThan(0.45);
        expect(Math.min(...lengths.slice(at)), `${cut} s: ${starts.join()}`).toBeGreaterThan(0.85);
        expect(lengths[at], `${cut} s`).toBeLessThan(2.1);
        expect(Math.max(...lengths)).toBeLessThan(5);
      }
    },
  );

  it('of two cuts near each other make no sliver between them', () => {
    expect(boundarySeconds(12, [4, 5.25])).toEqual([0, 1, 2, 4, 5.25, 6.25, 7.25, 10]);
  });

  it('cut points outside the episode, and nonsense, are ignored', () => {
    expect(boundarySeconds(3, [0, -2, 3, 99, Number.NaN])).toEqual([0, 1, 2]);
  });

  it('lie on frames where no frame lies on the second', () => {
    const { boundaryFrames } = plan(probe({ averageFrameRate: 29.97, durationSeconds: 5 }, []));
    expect(boundaryFrames).toEqual([0, 30, 60, 120]);
  });
});

describe('sound', () => {
  it('an episode without sound gets a silent track and says so', () => {
    const { audio, warnings } = plan(probe({}, []));
    expect(audio).toBeNull();
    expect(warnings.map((warning) => warning.code)).toEqual(['no-audio']);
  });

  it('the default track is taken, or the first that can be decoded', () => {
    const commentary = { ...AUDIO, streamIndex: 2, isDefault: false };
    expect(plan(probe({}, [commentary, AUDIO])).audio?.streamIndex).toBe(1);
    expect(plan(probe({}, [{ ...AUDIO, codec: null }, commentary])).audio?.streamIndex).toBe(2);
    expect(plan(probe({}, [{ ...AUDIO, codec: null }])).warnings[0]?.code).toBe('audio-undecodable');
  });

  it('where the sound outlasts the picture, the last frame stands and the episode keeps its length', () => {
    const { frameCount, sourceFrameCount, durationSeconds, warnings } = plan(probe({ durationSeconds: 38 }));
    expect([frameCount, sourceFrameCount, durationSeconds]).toEqual([960, 912, 40]);
    expect(warnings[0]?.code).toBe('audio-outlasts-video');
  });
});

describe('what was measured', () => {
  const analysis: SourceAnalysis = { crop: null, loudnessLufs: new Map([[1, -16]]), silences: [] };
  const codes = (changes: Partial<SourceAnalysis>, video: Partial<SourceVideo> = {}): readonly string[] =>
    plan(probe(video), { analysis: { ...analysis, ...changes } }).warnings.map((warning) => warning.code);

  it('a vertical picture in a landscape file is freed of its bars before it is fitted', () => {
    const landscape = { storedWidth: 1920, storedHeight: 1080 };
    const crop = { x: 656, y: 0, width: 608, height: 1080 };
    const { fit, rungs, warnings } = plan(probe(landscape), { analysis: { ...analysis, crop } });
    expect([fit.kind, rungs.at(-1)?.width]).toEqual(['exact', 540]);
    expect(warnings.map((warning) => warning.code)).toEqual(['letterbox-cropped', 'upscale-avoided']);
  });

  it('landscape is refused where the operator wants none, and judged without its bars', () => {
    const settings = { ...DEFAULT_ENCODING_SETTINGS, landscape: 'refuse' as const };
    const landscape = probe({ storedWidth: 1920, storedHeight: 1080 });
    const refused = planLadder(request(landscape, { settings, analysis }));
    expect(refused.ok ? null : refused.error).toEqual({ reason: 'landscape-refused', width: 1920, height: 1080 });
    const crop = { x: 656, y: 0, width: 608, height: 1080 };
    expect(planLadder(request(landscape, { settings, analysis: { ...analysis, crop } })).ok).toBe(true);
  });

  it('landscape that is cropped fills the screen, and says that people may be cut off', () => {
    const settings = { ...DEFAULT_ENCODING_SETTINGS, landscape: 'crop' as const };
    const { fit, warnings } = plan(probe({ storedWidth: 3840, storedHeight: 2160 }), { settings });
    expect([fit.kind, fit.scaled.height]).toEqual(['crop', 1920]);
    expect(warnings.map((warning) => warning.code)).toEqual(['cropped-to-vertical']);
  });

  it.each([
    ['loud sound', ['sound-loud'], { loudnessLufs: new Map([[1, -6]]) }],
    ['silence', ['sound-silent'], { loudnessLufs: new Map([[1, -70]]) }],
    ['a long pause', ['sound-pauses'], { silences: [{ startSeconds: 3, endSeconds: 9 }] }],
    ['a short pause', [], { silences: [{ startSeconds: 3, endSeconds: 6 }] }],
    ['sound as it should be', [], {}],
  ])('%s is told as %j', (_, expected, changes) => {
    expect(codes(changes)).toEqual(expected);
  });

  it('HDR is told, and so is a picture that could be better', () => {
    expect(codes({}, { transfer: 'hlg' })).toEqual(['hdr-tone-mapped']);
    expect(codes({}, { storedWidth: 720, storedHeight: 1280 })).toEqual(['upscale-avoided']);
    expect(codes({}, { storedWidth: 400, storedHeight: 711 })).toEqual(['low-resolution']);
  });
});

describe('a source that cannot become an episode is refused with the reason', () => {
  it.each([
    ['no-video-stream', { durationSeconds: 5, video: [], audio: [AUDIO], text: [] }],
    ['video-codec-unknown', probe({ codec: null })],
    ['video-codec-unknown', probe({ storedWidth: 0 })],
    ['source-encrypted', probe({ encrypted: true })],
    ['duration-unknown', { ...probe({ durationSeconds: null }), durationSeconds: null }],
    ['too-long', probe({ durationSeconds: 901 })],
    ['too-large-picture', probe({ storedWidth: 16000, storedHeight: 16000 })],
    ['too-small-picture', probe({ storedWidth: 16, storedHeight: 16 })],
  ])('%s', (reason, source) => {
    const result = planLadder(request(source));
    expect(result.ok ? null : result.error.reason).toBe(reason);
  });
});

describe('AV1', () => {
  const settings = { ...DEFAULT_ENCODING_SETTINGS, av1: true };
  const names = ({ rungs, av1Rungs }: LadderPlan): string[] =>
    [...rungs, ...av1Rungs].map(({ name, codec, width }) => `${name} ${codec} ${width}`);

  it('is off unless it is wanted', () => {
    expect(plan(probe()).av1Rungs).toEqual([]);
  });

  it('comes behind the H.264 rungs, in the same sizes, and players start with H.264', () => {
    const small = plan(probe({ storedWidth: 720, storedHeight: 1280 }), { settings });
    expect(names(small)).toEqual([
      'v0 h264 360',
      'v1 h264 540',
      'v2 h264 720',
      'v3 av1 360',
      'v4 av1 540',
      'v5 av1 720',
    ]);
    expect(small.firstRungName).toBe('v1');
    expect(small.warnings.map(({ code }) => code)).toEqual(['upscale-avoided']);
  });

  it('is not part of what is published before the rest', () => {
    expect(plan(probe(), { settings, maxRungWidth: 540 }).av1Rungs).toEqual([]);
  });

  it.each(['no-encoder', 'cbcs'] as const)(
    'is left out with a warning where there is an obstacle: %s',
    (av1Obstacle) => {
      const without = plan(probe(), { settings, av1Obstacle });
      expect(names(without)).toHaveLength(4);
      expect(without.warnings.map(({ code }) => code)).toEqual(['av1-skipped']);
      expect(plan(probe(), { av1Obstacle }).warnings).toEqual([]);
    },
  );

  it('counts among the files of a version', () => {
    const limits = { ...LIMITS, maxObjects: 100 };
    expect(planLadder(request(probe(), { limits })).ok).toBe(true);
    expect(planLadder(request(probe(), { limits, settings })).ok).toBe(false);
  });
});

describe('the files of a version', () => {
  const sounds = (count: number): SourceAudio[] =>
    Array.from({ length: count }, (_, n) => ({ ...AUDIO, streamIndex: n + 1, durationSeconds: 900 }));
  const texts = Array.from({ length: 16 }, (_, n): SourceText => {
    return { ...AUDIO, streamIndex: n + 10, codec: 'subrip', durationSeconds: 900, isForHearingImpaired: false };
  });
  const longest = { ...probe({ durationSeconds: 900 }, sounds(9)), durationSeconds: 900, text: texts };

  it('are within what the edge takes, for the longest episode in as many languages as a file may have', () => {
    expect(planLadder(request(longest)).ok).toBe(true);
  });

  it('are counted before the encode: with fewer allowed, the same episode is refused', () => {
    const result = planLadder(request(longest, { limits: { ...LIMITS, maxObjects: 2_000 } }));
    // 229 segments of four rungs, nine languages and sixteen captions, with what is beside them.
    expect(result).toEqual({ ok: false, error: { reason: 'too-many-objects', objects: 6_693, maxObjects: 2_000 } });
    const oneLanguage = { ...longest, audio: sounds(1), text: [] };
    expect(planLadder(request(oneLanguage, { limits: { ...LIMITS, maxObjects: 2_000 } })).ok).toBe(true);
  });
});

describe('bandwidth', () => {
  it('is the peak over half to one and a half Target Durations, not that of a one-second start', () => {
    const start = [1, 1, 2, 4].map((durationSeconds, n) => ({
      durationSeconds,
      sizeBytes: [300_000, 50_000, 100_000, 200_000][n] ?? 0,
    }));
    const { peakBps, averageBps } = measureBandwidth(start, 4);
    expect(averageBps).toBe(650_000);
    expect(peakBps).toBe((350_000 * 8) / 2);
  });

  it('an episode shorter than half a Target Duration has its average as peak', () => {
    expect(measureBandwidth([{ durationSeconds: 0.3, sizeBytes: 3000 }], 1)).toEqual({
      peakBps: 80_000,
      averageBps: 80_000,
    });
  });

  it('no segment rounds to more than the Target Duration', () => {
    expect(targetDurationSeconds([1, 4.4])).toBe(4);
    expect(targetDurationSeconds([4.96])).toBe(5);
    expect(targetDurationSeconds([0.3])).toBe(1);
  });
});
