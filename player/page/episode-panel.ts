/** The episodes of the series: at the side on a wide screen, a drawer on a phone. */
import type { FeedItemWire } from '../../core/catalog/feed-wire.ts';
import { element, formatSeconds, setAttributes, setText } from '../dom.ts';
import type { FeedState } from '../feed-state.ts';
import { icon } from '../icons.ts';

const KEYS: readonly (readonly [string, string])[] = [
  ['↑ ↓', 'Swipe'],
  ['Space', 'Pause'],
  ['M', 'Sound'],
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
    const close = element('button', { class: 'close', type: 'button', 'aria-label': 'Close' }, icon('close'));
    close.addEventListener('click', () => this.toggle(false));
    this.root = element(
      'aside',
      { class: 'panel', 'aria-label': 'Series', 'data-testid': 'episodes' },
      element('div', { class: 'panel-head' }, element('div', {}, this.#title, this.#count), close),
      this.#now,
      this.#grid,
      element(
        'p',
        { class: 'keys' },
        ...KEYS.map(([key, what]) => element('span', {}, element('kbd', {}, key), ` ${what}`)),
      ),
    );
    this.root.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.toggle(false);
    });
  }

  /** On a phone the panel is shut until it is asked for. */
  toggle(open: boolean = !this.root.hasAttribute('data-open')): void {
    setAttributes(this.root, { 'data-open': open });
    if (open) this.#grid.querySelector<HTMLElement>('[aria-current]')?.focus();
  }

  holds(target: EventTarget | null): boolean {
    return this.root.hasAttribute('data-open') && target instanceof Node && this.root.contains(target);
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
      this.toggle(false);
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
