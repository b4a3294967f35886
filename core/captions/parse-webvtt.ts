import { err, ok, type Result } from '../result.ts';
import { MAX_CUES, MAX_WEBVTT_CHARS } from './limits.ts';

/** @see W3C WebVTT 4.1 (file structure) */
export interface WebVtt {
  /** STYLE and REGION blocks as they were written: every segment needs them. */
  readonly definitions: readonly string[];
  /** In the order of their start. */
  readonly cues: readonly Cue[];
}

export interface Cue {
  readonly id: string | null;
  readonly startMs: number;
  readonly endMs: number;
  /** Behind the timings, as written; empty where there are none. */
  readonly settings: string;
  readonly text: string;
}

/** Lines count from 1, as editors show them. */
export type WebVttFailure =
  | { readonly reason: 'no-signature' }
  | { readonly reason: 'too-large'; readonly maxChars: number }
  | { readonly reason: 'too-many-cues'; readonly maxCues: number }
  | { readonly reason: 'no-cues' }
  /** Its times are not the episode's: it was cut out of a stream. */
  | { readonly reason: 'is-a-segment' }
  | { readonly reason: 'bad-timing'; readonly line: number }
  | { readonly reason: 'ends-before-it-starts'; readonly line: number }
  | { readonly reason: 'definition-after-cues'; readonly line: number };

/**
 * Reads a whole WebVTT file. Stricter than a browser, which drops what it does not understand: an operator is told of the
 * line instead, before viewers miss a sentence.
 */
export function parseWebVtt(file: string): Result<WebVtt, WebVttFailure> {
  if (file.length > MAX_WEBVTT_CHARS) return err({ reason: 'too-large', maxChars: MAX_WEBVTT_CHARS });
  const text = file
    .replace(/^\uFEFF/, '')
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll('\0', '\uFFFD');
  if (!/^WEBVTT(?:[ \t][^\n]*)?(?:\n|$)/.test(text)) return err({ reason: 'no-signature' });
  const [header, ...blocks] = blocksOf(text);
  if (header?.lines.some((line) => line.startsWith('X-TIMESTAMP-MAP')) === true) return err({ reason: 'is-a-segment' });
  const definitions: string[] = [];
  const cues: Cue[] = [];
  for (const { lines, line } of blocks) {
    const first = lines[0] ?? '';
    if (/^NOTE(?:[ \t]|$)/.test(first)) continue;
    if (/^(?:STYLE|REGION)[ \t]*$/.test(first)) {
      if (cues.length > 0) return err({ reason: 'definition-after-cues', line });
      definitions.push(lines.join('\n'));
      continue;
    }
    const cue = parseCue(lines, line);
    if (!cue.ok) return cue;
    cues.push(cue.value);
    if (cues.length > MAX_CUES) return err({ reason: 'too-many-cues', maxCues: MAX_CUES });
  }
  if (cues.length === 0) return err({ reason: 'no-cues' });
  return ok({ definitions, cues: cues.toSorted((a, b) => a.startMs - b.startMs) });
}

interface Block {
  readonly lines: string[];
  /** Of its first line. */
  readonly line: number;
}

function blocksOf(text: string): readonly Block[] {
  const blocks: Block[] = [];
  let open: Block | null = null;
  for (const [index, line] of text.split('\n').entries()) {
    if (line === '') open = null;
    else if (open === null) blocks.push((open = { lines: [line], line: index + 1 }));
    else open.lines.push(line);
  }
  return blocks;
}

const TIME = '(?:(\\d{2,4}):)?([0-5]\\d):([0-5]\\d)\\.(\\d{3})';
const TIMINGS = new RegExp(`^[ \\t]*${TIME}[ \\t]*-->[ \\t]*${TIME}(?:[ \\t]+(.*))?$`);

/** @see W3C WebVTT 4.1 (WebVTT cue block) */
function parseCue(lines: readonly string[], line: number): Result<Cue, WebVttFailure> {
  const timingsAt = lines[0]?.includes('-->') === true ? 0 : 1;
  const match = TIMINGS.exec(lines[timingsAt] ?? '');
  const payload = lines.slice(timingsAt + 1);
  const nextArrow = payload.findIndex((text) => text.includes('-->'));
  if (nextArrow !== -1) return err({ reason: 'bad-timing', line: line + timingsAt + 1 + nextArrow });
  if (match === null) return err({ reason: 'bad-timing', line: line + Math.min(timingsAt, lines.length - 1) });
  const startMs = milliseconds(match.slice(1, 5));
  const endMs = milliseconds(match.slice(5, 9));
  if (endMs <= startMs) return err({ reason: 'ends-before-it-starts', line: line + timingsAt });
  const id = timingsAt === 0 ? null : (lines[0] ?? null);
  return ok({ id, startMs, endMs, settings: (match[9] ?? '').trim(), text: payload.join('\n') });
}

function milliseconds([hours, minutes, seconds, fraction]: readonly (string | undefined)[]): number {
  return (Number(hours ?? 0) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000 + Number(fraction);
}
