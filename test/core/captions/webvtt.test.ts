import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { captionPlaylist } from '#core/captions/caption-playlist.ts';
import { cutWebVtt } from '#core/captions/cut-webvtt.ts';
import { MAX_CUES, MAX_WEBVTT_CHARS } from '#core/captions/limits.ts';
import { parseWebVtt, type WebVtt } from '#core/captions/parse-webvtt.ts';

function read(file: string): WebVtt {
  const parsed = parseWebVtt(file);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return parsed.value;
}

const CUE = '00:01.000 --> 00:02.500\nHello';

describe('a WebVTT file', () => {
  test('is read with ids, settings, styles, notes and lines of text', () => {
    const file = `WEBVTT - English\nKind: captions\n\nSTYLE\n::cue { color: lime }\n\nNOTE nobody sees\nthis\n\nintro\n00:00:01.000 --> 01:00:02.500 line:80% align:start\n<v Mia>Hello,\nyou.\n\n${CUE}\n`;
    expect(read(file)).toEqual({
      definitions: ['STYLE\n::cue { color: lime }'],
      cues: [
        {
          id: 'intro',
          startMs: 1_000,
          endMs: 3_602_500,
          settings: 'line:80% align:start',
          text: '<v Mia>Hello,\nyou.',
        },
        { id: null, startMs: 1_000, endMs: 2_500, settings: '', text: 'Hello' },
      ],
    });
  });

  test.each([
    ['a byte order mark', `\uFEFFWEBVTT\n\n${CUE}`],
    ['line ends of Windows', `WEBVTT\r\n\r\n${CUE.replace('\n', '\r\n')}\r\n`],
    ['line ends of an old Mac', `WEBVTT\r\r${CUE.replace('\n', '\r')}\r`],
    ['empty lines too many', `WEBVTT\n\n\n\n${CUE}\n\n\n`],
    ['no space around the arrow', `WEBVTT\n\n00:01.000-->00:02.500\nHello`],
  ])('may have %s', (_, file) => {
    expect(read(file).cues).toMatchObject([{ startMs: 1_000, endMs: 2_500, text: 'Hello' }]);
  });

  test('gives its cues in the order of their start', () => {
    const cues = read(`WEBVTT\n\n00:05.000 --> 00:06.000\nlast\n\n00:01.000 --> 00:09.000\nfirst`).cues;
    expect(cues.map(({ text }) => text)).toEqual(['first', 'last']);
  });

  test.each([
    ['nothing', '', { reason: 'no-signature' }],
    ['SubRip', '1\n00:00:01,000 --> 00:00:02,000\nHello', { reason: 'no-signature' }],
    ['a name that only begins so', `WEBVTTX\n\n${CUE}`, { reason: 'no-signature' }],
    ['no cues', 'WEBVTT\n\nNOTE only this', { reason: 'no-cues' }],
    [
      'a piece of a stream',
      `WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000\n\n${CUE}`,
      { reason: 'is-a-segment' },
    ],
    ['a comma in a time', 'WEBVTT\n\n00:01,000 --> 00:02,000\nHello', { reason: 'bad-timing', line: 3 }],
    ['a minute of 61 seconds', 'WEBVTT\n\n00:61.000 --> 02:00.000\nHello', { reason: 'bad-timing', line: 3 }],
    ['an id without a time', `WEBVTT\n\n${CUE}\n\nlost\nwords`, { reason: 'bad-timing', line: 7 }],
    ['a cue in a cue', `WEBVTT\n\n${CUE}\n${CUE}`, { reason: 'bad-timing', line: 5 }],
    [
      'an end before its start',
      'WEBVTT\n\nid\n00:02.000 --> 00:01.000\nHello',
      { reason: 'ends-before-it-starts', line: 4 },
    ],
    ['a cue of no length', 'WEBVTT\n\n00:02.000 --> 00:02.000\nHello', { reason: 'ends-before-it-starts', line: 3 }],
    ['a style behind a cue', `WEBVTT\n\n${CUE}\n\nSTYLE\n::cue {}`, { reason: 'definition-after-cues', line: 6 }],
    ['too many cues', `WEBVTT\n\n${`${CUE}\n\n`.repeat(MAX_CUES + 1)}`, { reason: 'too-many-cues', maxCues: MAX_CUES }],
    [
      'too many characters',
      `WEBVTT\n\n${'x'.repeat(MAX_WEBVTT_CHARS)}`,
      { reason: 'too-large', maxChars: MAX_WEBVTT_CHARS },
    ],
  ])('is refused with %s, and the line is named', (_, file, error) => {
    expect(parseWebVtt(file)).toEqual({ ok: false, error });
  });

  test('of hostile bytes costs no more than its length', () => {
    const started = performance.now();
    for (const piece of ['\n', ' ', '-->', '00:', '0', 'NOTE\n', '00:01.000 --> '])
      parseWebVtt(`WEBVTT\n\n${piece.repeat(Math.floor(900_000 / piece.length))}`);
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});

describe('captions in segments', () => {
  const cut = cutWebVtt(
    read(
      `WEBVTT\n\nSTYLE\n::cue {}\n\n00:00.500 --> 00:01.500\nacross\n\n00:02.000 --> 00:04.000 line:0\nexactly\n\n00:09.000 --> 00:10.000\nlate`,
    ),
    [1, 1, 2, 4],
  );

  test('repeat a cue that reaches over a boundary, with its times, and no other', () => {
    expect(cut.map((text) => ['across', 'exactly', 'late'].filter((word) => text.includes(word)))).toEqual([
      ['across'],
      ['across'],
      ['exactly'],
      [],
    ]);
    for (const text of cut.slice(0, 2)) expect(text).toContain('\n\n00:00:00.500 --> 00:00:01.500\nacross\n');
    expect(cut[2]).toContain('00:00:02.000 --> 00:00:04.000 line:0\nexactly');
  });

  test('each begin with the signature, the map of times and the styles', () => {
    for (const text of cut)
      expect(text.startsWith('WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000\n\nSTYLE\n::cue {}\n')).toBe(true);
  });

  test('hold every cue of the episode, wherever the boundaries are, in each segment that it is shown in', () => {
    const anyCue = fc.tuple(fc.nat(20_000), fc.integer({ min: 1, max: 8_000 }));
    const anyDurations = fc.array(fc.integer({ min: 500, max: 4_000 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(fc.array(anyCue, { minLength: 1, maxLength: 20 }), anyDurations, (times, durationsMs) => {
        const cues = times.map(([startMs, lengthMs], n) => {
          return { id: null, startMs, endMs: startMs + lengthMs, settings: '', text: `cue-${n}.` };
        });
        const segments = cutWebVtt(
          { definitions: [], cues },
          durationsMs.map((ms) => ms / 1_000),
        );
        expect(segments).toHaveLength(durationsMs.length);
        let fromMs = 0;
        for (const [n, text] of segments.entries()) {
          const toMs = fromMs + (durationsMs[n] ?? 0);
          for (const cue of cues) expect(text.includes(cue.text)).toBe(cue.startMs < toMs && cue.endMs > fromMs);
          fromMs = toMs;
        }
      }),
    );
  });

  test('have a playlist with the durations of the picture', () => {
    expect(captionPlaylist([1, 2.5], 3).split('\n').slice(2)).toEqual([
      '#EXT-X-TARGETDURATION:3',
      '#EXT-X-PLAYLIST-TYPE:VOD',
      '#EXTINF:1.000000,',
      '0.vtt',
      '#EXTINF:2.500000,',
      '1.vtt',
      '#EXT-X-ENDLIST',
      '',
    ]);
  });
});
