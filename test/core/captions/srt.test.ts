import { describe, expect, test } from 'vitest';
import { captionsFailureText, readCaptions } from '#core/captions/read-captions.ts';

const cuesOf = (file: string) => {
  const read = readCaptions(file);
  if (!read.ok) throw new Error(captionsFailureText(read.error));
  return read.value.cues.map(({ startMs, endMs, text }) => `${startMs} ${endMs} ${text}`);
};

describe('SubRip', () => {
  test('becomes cues with the same times and text, from whichever system it comes', () => {
    const file = '1\n00:00:01,000 --> 00:00:02,500\nWhere were you?\n\n2\n00:00:02,600 --> 00:00:03,000\nOut.\nWhy?\n';
    const expected = ['1000 2500 Where were you?', '2600 3000 Out.\nWhy?'];
    expect(cuesOf(file)).toEqual(expected);
    expect(cuesOf(`\uFEFF${file.replaceAll('\n', '\r\n')}`)).toEqual(expected);
    expect(cuesOf(file.replaceAll('\n', '\r'))).toEqual(expected);
  });

  test('of careless programs is read too: no numbers, points for commas, short fractions, places, blank lines', () => {
    const file = '\n0:00:01.5 --> 0:00:02,25  X1:0 X2:10 Y1:0 Y2:10\nHi\n\n\n\n1:02:03,004 --> 1:02:04,000\nthere';
    expect(cuesOf(file.trimStart())).toEqual(['1500 2250 Hi', '3723004 3724000 there']);
  });

  test('keeps bold, italics and underline; what would mean something else in WebVTT is written out', () => {
    const text = '{\\an8}<font color="#f00"><I>Tom</I> & Jerry</font> <3 <script>x &amp; y';
    expect(cuesOf(`1\n00:00:01,000 --> 00:00:02,000\n${text}`)).toEqual([
      '1000 2000 <i>Tom</i> &amp; Jerry &lt;3 &lt;script>x &amp; y',
    ]);
  });

  test.each([
    ['times that are none', '1\n00:00:01 --> 00:00:02\nx', 'Line 2'],
    ['an end before the start', '1\n00:00:02,000 --> 00:00:01,000\nx', 'Line 2'],
    [
      'a block that lost its blank line',
      '1\n00:00:01,000 --> 00:00:02,000\nx\n2\n00:00:03,000 --> 00:00:04,000\ny',
      'Line 5',
    ],
    ['numbers alone', '1\n\n2\n', 'Line 1'],
    ['no text', '1\n00:00:01,000 --> 00:00:02,000\n', 'no cues'],
    ['what is neither', 'Hello', 'neither WebVTT'],
    ['nothing', '', 'neither WebVTT'],
  ])('with %s is refused, and the line is told', (_, file, told) => {
    const read = readCaptions(file);
    expect(read.ok ? 'read' : captionsFailureText(read.error)).toContain(told);
  });

  test('WebVTT is read as WebVTT', () => {
    expect(cuesOf('WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ann>Hi')).toEqual(['1000 2000 <v Ann>Hi']);
  });
});
