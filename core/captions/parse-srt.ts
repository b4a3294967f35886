import { err, ok, type Result } from '../result.ts';
import { MAX_CUES, MAX_WEBVTT_CHARS } from './limits.ts';
import type { Cue, WebVtt, WebVttFailure } from './parse-webvtt.ts';

/**
 * Reads SubRip, which has no standard: blocks of a number, a line of times with commas, and text. What WebVTT has too
 * (bold, italics, underline) is kept, other markup is taken off.
 */
export function parseSrt(file: string): Result<WebVtt, WebVttFailure> {
  if (file.length > MAX_WEBVTT_CHARS) return err({ reason: 'too-large', maxChars: MAX_WEBVTT_CHARS });
  const lines = file
    .replace(/^\uFEFF/, '')
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll('\0', '\uFFFD')
    .split('\n');
  const cues: Cue[] = [];
  let from = 0;
  for (let at = 0; at <= lines.length; at++) {
    if (at < lines.length && (lines[at] ?? '').trim() !== '') continue;
    if (at > from) {
      const cue = parseBlock(lines.slice(from, at), from + 1);
      if (!cue.ok) return cue;
      // A block without text shows nothing: editors leave such.
      if (cue.value.text !== '') cues.push(cue.value);
      if (cues.length > MAX_CUES) return err({ reason: 'too-many-cues', maxCues: MAX_CUES });
    }
    from = at + 1;
  }
  if (cues.length === 0) return err({ reason: 'no-cues' });
  return ok({ definitions: [], cues: cues.toSorted((a, b) => a.startMs - b.startMs) });
}

const TIME = '(\\d{1,4}):([0-5]?\\d):([0-5]?\\d)[,.](\\d{1,3})';
/** Some programs write where the text stands behind the times: X1:… Y2:… */
const TIMINGS = new RegExp(`^\\s*${TIME}\\s*-->\\s*${TIME}(?:\\s+[XY][12]:.*)?\\s*$`);

function parseBlock(block: readonly string[], line: number): Result<Cue, WebVttFailure> {
  const timingsAt = /^\s*\d+\s*$/.test(block[0] ?? '') ? 1 : 0;
  const match = TIMINGS.exec(block[timingsAt] ?? '');
  const payload = block.slice(timingsAt + 1);
  const nextArrow = payload.findIndex((text) => text.includes('-->'));
  if (match === null) return err({ reason: 'bad-timing', line: line + Math.min(timingsAt, block.length - 1) });
  if (nextArrow !== -1) return err({ reason: 'bad-timing', line: line + timingsAt + 1 + nextArrow });
  const startMs = milliseconds(match.slice(1, 5));
  const endMs = milliseconds(match.slice(5, 9));
  if (endMs <= startMs) return err({ reason: 'ends-before-it-starts', line: line + timingsAt });
  return ok({ id: null, startMs, endMs, settings: '', text: toCueText(payload.join('\n')) });
}

function milliseconds([hours, minutes, seconds, fraction = '']: readonly string[]): number {
  return (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000 + Number(fraction.padEnd(3, '0'));
}

/** @see W3C WebVTT 4.2.1 (cue text: `&` and `<` mean something there) */
function toCueText(text: string): string {
  return text
    .replaceAll(/\{\\[^}\n]*\}/g, '')
    .replaceAll(/<\/?font[^>\n]*>/gi, '')
    .replaceAll(/&(?!(?:amp|lt|gt|nbsp|lrm|rlm);)/g, '&amp;')
    .replaceAll(/<(?!\/?[biu]>)/gi, '&lt;')
    .replaceAll(/<(\/?)([BIU])>/g, (_, slash: string, name: string) => `<${slash}${name.toLowerCase()}>`)
    .trim();
}
