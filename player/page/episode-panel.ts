/** The series at the side of a wide screen. On a phone the player's own drawer has the episodes. */
import type { FeedItemWire } from '../../core/catalog/feed-wire.ts';
import { element, formatSeconds, setAttributes, setText } from '../dom.ts';
import type { FeedState } from '../feed-state.ts';
import { icon } from '../icons.ts';

const KEYS: readonly (readonly [string, string])[] = [
  ['↑ ↓', 'Swipe'],
  ['← →', 'Seek'],
  ['Space', 'Pause'],
  ['M', 'Sound'],
  ['C', 'Captions'],
];

export class EpisodePanel {
  readonly root: HTMLElement;
  readonly #title = element('h1', {});
  readonly #count = element('p', { class: 'count' });
  readonly #now = element('div', { class: 'now' });
  readonly #grid = element('ol', { class: 'grid', 'aria-label': 'Episodes' });
  readonly #onPick: (index: number) => void;

  constructor(onPick: (index: number) => void) {
    this.#onPick = onPick;
    this.root = element(
      'aside',
      { class: 'panel', 'aria-label': 'Series', 'data-testid': 'episodes' },
      element('div', { class: 'panel-head' }, this.#title, this.#count),
      this.#now,
      this.#grid,
      element(
        'p',
        { class: 'keys' },
        ...KEYS.map(([key, what]) => element('span', {}, element('kbd', {}, key), ` ${what}`)),
      ),
    );
  }

  render(state: FeedState): void {
    const { series, items, activeIndex } = state;
    if (series === null) return;
    setText(this.#title, series.title);
    setText(this.#count, `${series.episodeCount} episodes`);
    const active = items[activeIndex];
    if (active !== undefined) this.#renderNow(active);
    while (this.#grid.children.length < series.episodeCount) this.#addCell(this.#grid.children.length);
    for (const [index, cell] of [...this.#grid.children].entries()) {
      const button = cell.firstElementChild;
      if (button !== null) renderCell(button, index, items[index], index === activeIndex);
    }
  }

  #renderNow(item: FeedItemWire): void {
    const text = `${item.episode.title}|${item.decision.access}`;
    if (this.#now.dataset['text'] === text) return;
    this.#now.dataset['text'] = text;
    this.#now.replaceChildren(
      element('span', {}, `Episode ${item.episode.number} · ${formatSeconds(item.episode.durationSeconds)}`),
      element('strong', {}, item.episode.title),
    );
  }

  #addCell(index: number): void {
    const button = element('button', { type: 'button' }, element('span', {}, String(index + 1)));
    button.addEventListener('click', () => {
      this.#onPick(index);
    });
    this.#grid.append(element('li', {}, button));
  }
}

function renderCell(cell: Element, index: number, item: FeedItemWire | undefined, isActive: boolean): void {
  const access = item?.decision.access ?? 'unknown';
  const bought = item?.decision.basis === 'unlock';
  const state = bought ? 'bought' : access;
  setAttributes(cell, { 'aria-current': isActive ? 'true' : null });
  const number = String(item?.episode.number ?? index + 1);
  const label = cell.querySelector('span');
  if (label) setText(label, number);
  if (cell.getAttribute('data-state') === state) return;
  const names: Record<string, string> = { locked: ', locked', preview: ', preview', bought: ', unlocked' };
  setAttributes(cell, {
    'data-state': state,
    'aria-label': `Episode ${number}${names[state] ?? ''}`,
  });
  cell.querySelector('svg')?.remove();
  if (state === 'locked' || state === 'preview') cell.append(icon('lock'));
  else if (state === 'bought') cell.append(icon('check'));
}
