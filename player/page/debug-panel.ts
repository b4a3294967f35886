/** `?debug`: what the player measures of itself, live. For people who build with it; viewers never see it. */
import type { Feed } from '../create-feed.ts';
import { element, setText } from '../dom.ts';

const REFRESH_MS = 500;

const ROWS = {
  startup: 'Startup, first episode',
  swipe: 'Swipe, last · median',
  source: 'Came from',
  stalls: 'Rebuffered',
  buffer: 'Buffered ahead',
  fetched: 'Fetched',
  wasted: 'Bytes wasted',
  ahead: 'Fetched, not come to yet',
  rendition: 'Rendition',
  plan: 'Preload plan',
} as const;

type Row = keyof typeof ROWS;

export function debugPanel(feed: Feed): HTMLElement {
  const cells = new Map<Row, HTMLElement>();
  const list = element('dl', {});
  for (const [row, label] of Object.entries(ROWS) as [Row, string][]) {
    const cell = element('dd', { 'data-debug': row }, '–');
    cells.set(row, cell);
    list.append(element('dt', {}, label), cell);
  }
  const tell = (row: Row, text: string): void => {
    const cell = cells.get(row);
    if (cell !== undefined) setText(cell, text);
  };
  follow(feed, tell);
  return element('aside', { class: 'debug', 'aria-label': 'Measurements', 'data-testid': 'debug' }, list);
}

function follow(feed: Feed, tell: (row: Row, text: string) => void): void {
  let [stallCount, stallMs] = [0, 0];
  const swipesMs: number[] = [];
  let isFirst = true;
  /** Of views that are over; the running one is asked anew each time. */
  const over = { fetched: 0, wasted: 0 };
  let running = { fetched: 0, wasted: 0 };
  feed.on('startup', ({ startupMs, source }) => {
    if (isFirst) tell('startup', milliseconds(startupMs));
    else swipesMs.push(startupMs);
    isFirst = false;
    if (swipesMs.length > 0) tell('swipe', `${milliseconds(swipesMs.at(-1) ?? 0)} · ${milliseconds(median(swipesMs))}`);
    tell('source', source);
  });
  feed.on('stall', ({ durationMs }) => {
    stallCount += 1;
    stallMs += durationMs;
  });
  feed.on('rendition', ({ heightPx, bandwidthBps }) => {
    tell('rendition', `${heightPx}p · ${Math.round(bandwidthBps / 1_000)} kbit/s`);
  });
  feed.on('preloadplan', ({ action }) => tell('plan', action.kind));
  feed.on('episodechange', () => {
    over.fetched += running.fetched;
    over.wasted += running.wasted;
    running = { fetched: 0, wasted: 0 };
  });
  setInterval(() => {
    const bytes = feed.viewDetails()?.bytes;
    if (bytes === undefined) return;
    running = { fetched: bytes.fetched, wasted: bytes.unwatched };
    tell('fetched', kilobytes(over.fetched + running.fetched));
    // What the running view has ahead of it is not wasted yet.
    tell('wasted', kilobytes(over.wasted));
    tell('ahead', kilobytes(bytes.ahead));
    tell('stalls', `${stallCount} × · ${milliseconds(stallMs)}`);
    tell('buffer', `${feed.player.state.bufferedSeconds.toFixed(1)} s`);
  }, REFRESH_MS);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function milliseconds(value: number): string {
  return `${Math.round(value)} ms`;
}

function kilobytes(bytes: number): string {
  return `${Math.round(bytes / 1_000).toLocaleString('en')} KB`;
}
