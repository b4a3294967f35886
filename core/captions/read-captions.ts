import type { Result } from '../result.ts';
import { parseSrt } from './parse-srt.ts';
import { parseWebVtt, type WebVtt, type WebVttFailure } from './parse-webvtt.ts';

/** WebVTT or SubRip, whatever somebody called it: only one of the two begins with a number or a time. */
export function readCaptions(file: string): Result<WebVtt, WebVttFailure> {
  return /^\uFEFF?\s*\d/.test(file) ? parseSrt(file) : parseWebVtt(file);
}

/** What is wrong, in words for whoever wrote the file. */
export function captionsFailureText(failure: WebVttFailure): string {
  switch (failure.reason) {
    case 'no-signature':
      return 'The file is neither WebVTT, which begins with WEBVTT, nor SubRip, which begins with a number.';
    case 'too-large':
      return `The file has more than ${failure.maxChars} characters.`;
    case 'too-many-cues':
      return `The file has more than ${failure.maxCues} cues.`;
    case 'no-cues':
      return 'The file has no cues.';
    case 'is-a-segment':
      return 'The file was cut out of a stream (X-TIMESTAMP-MAP). Send the captions of the whole episode, from 0 on.';
    case 'bad-timing':
      return `Line ${failure.line}: times were expected here, as 00:00:01.000 --> 00:00:02.500.`;
    case 'ends-before-it-starts':
      return `Line ${failure.line}: the cue ends before it starts.`;
    case 'definition-after-cues':
      return `Line ${failure.line}: STYLE and REGION must stand before the first cue.`;
  }
}
