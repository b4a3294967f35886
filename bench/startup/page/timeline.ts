/**
 * `--timeline`: when a start did what, seen from outside of any player: its requests and their bytes, what it appended, and
 * the events of its element. As frames.ts, it knows no player.
 */
import { beforeEach } from './look.ts';
import type { Mark } from './protocol.ts';

const EVENTS = ['loadedmetadata', 'loadeddata', 'playing'];
/** Of one kind: the first ones tell the story of a start. */
const MOST_OF_A_KIND = 4;

let marks: Mark[] = [];
let fromMs = 0;

export function beginTimeline(): void {
  marks = [];
  fromMs = performance.now();
}

export function timeline(): readonly Mark[] {
  return marks;
}

function mark(kind: string): void {
  const number = marks.filter((each) => each.kind === kind).length + 1;
  if (number <= MOST_OF_A_KIND) marks.push({ kind, number, atMs: performance.now() - fromMs });
}

/** Call before any player is loaded. */
export function watchStarts(): void {
  beforeEach(HTMLMediaElement.prototype, 'play', (element) => {
    mark('play()');
    for (const name of EVENTS) (element as HTMLElement).addEventListener(name, () => mark(name), { once: true });
  });
  beforeEach(MediaSource.prototype, 'addSourceBuffer', () => mark('SourceBuffer'));
  beforeEach(SourceBuffer.prototype, 'appendBuffer', (buffer) => {
    mark('append');
    (buffer as SourceBuffer).addEventListener('updateend', () => mark('appended'), { once: true });
  });
  watchBytes();
}

function watchBytes(): void {
  const fetch = window.fetch.bind(window);
  window.fetch = async (input, init) => {
    const { pathname } = new URL(input instanceof Request ? input.url : String(input), location.href);
    const name = pathname.split('/').at(-1) ?? '';
    mark(`${name} asked`);
    const answer = await fetch(input, init);
    mark(`${name} answered`);
    return answer;
  };
}
