/** All episodes of the series, thirty to a tab: which one this is, which are locked. Made when it is first asked for. */
import type { FeedItemWire } from '../../core/catalog/feed-wire.ts';
import { element, setAttributes, setText } from '../dom.ts';
import type { FeedState } from '../feed-state.ts';
import { icon } from '../icons.ts';
import { GRID_RANGE } from '../limits.ts';
import { Dialog } from './dialog.ts';

export class EpisodeGrid {
  readonly root: HTMLElement;
  readonly #dialog: Dialog;
  readonly #onPick: (number: number) => void;
  readonly #title = element('h2', { id: 'grid-title', dir: 'auto' });
  readonly #count = element('p', { class: 'sheet-kicker' });
  readonly #ranges = element('div', { class: 'ranges', role: 'group', 'aria-label': 'Ranges' });
  readonly #cells = element('ol', { class: 'cells', part: 'grid' });
  #range = 0;

  constructor(onPick: (number: number) => void) {
    this.#onPick = onPick;
    const close = element('button', { class: 'round', type: 'button', 'aria-label': 'Close' }, icon('close'));
    close.addEventListener('click', () => this.close());
    this.root = element(
      'section',
      { class: 'drawer', part: 'episodes', 'aria-labelledby': 'grid-title', 'data-testid': 'grid' },
      element('div', { class: 'drawer-head' }, element('div', {}, this.#title, this.#count), close),
      this.#ranges,
      element('div', { class: 'drawer-body' }, this.#cells),
    );
    this.#dialog = new Dialog(this.root, () => this.close());
  }

  get isOpen(): boolean {
    return this.#dialog.isOpen;
  }

  open(state: FeedState): void {
    this.#range = Math.floor(((state.items[state.activeIndex]?.episode.number ?? 1) - 1) / GRID_RANGE);
    this.render(state);
    this.#dialog.open(this.#cells.querySelector<HTMLElement>('[aria-current]') ?? undefined);
    this.#cells.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest' });
  }

  close(): void {
    this.#dialog.close();
  }

  render(state: FeedState): void {
    const { series, items, activeIndex } = state;
    if (series === null) return;
    setText(this.#title, series.title);
    setText(this.#count, series.episodeCount === 1 ? '1 episode' : `${series.episodeCount} episodes`);
    this.#renderRanges(state, series.episodeCount);
    const first = this.#range * GRID_RANGE + 1;
    const last = Math.min(series.episodeCount, first + GRID_RANGE - 1);
    const current = items[activeIndex]?.episode.number;
    const byNumber = new Map(items.map((item) => [item.episode.number, item]));
    const cells = Array.from({ length: Math.max(0, last - first + 1) }, (_, offset) =>
      this.#cell(first + offset, byNumber.get(first + offset), first + offset === current),
    );
    this.#cells.replaceChildren(...cells);
  }

  #renderRanges(state: FeedState, count: number): void {
    const ranges = Math.ceil(count / GRID_RANGE);
    this.#ranges.hidden = ranges < 2;
    const buttons = Array.from({ length: ranges }, (_, range) => {
      const [from, to] = [range * GRID_RANGE + 1, Math.min(count, (range + 1) * GRID_RANGE)];
      const pressed = String(range === this.#range);
      const button = element('button', { type: 'button', 'aria-pressed': pressed }, `${from}–${to}`);
      button.addEventListener('click', () => {
        this.#range = range;
        this.render(state);
        (this.#ranges.children[range] as HTMLElement | undefined)?.focus();
      });
      return button;
    });
    this.#ranges.replaceChildren(...buttons);
  }

  #cell(number: number, item: FeedItemWire | undefined, isCurrent: boolean): HTMLElement {
    const state = accessOf(item);
    const title = item === undefined ? '' : `: ${item.episode.title}`;
    const button = element(
      'button',
      { type: 'button', 'data-state': state, 'aria-label': `Episode ${number}${title}${MARKS[state] ?? ''}` },
      String(number),
    );
    setAttributes(button, { 'aria-current': isCurrent ? 'true' : null });
    if (state === 'locked' || state === 'preview') button.append(icon('lock'));
    else if (state === 'unlocked') button.append(icon('check'));
    button.addEventListener('click', () => {
      this.close();
      this.#onPick(number);
    });
    return element('li', {}, button);
  }
}

const MARKS: Readonly<Record<string, string>> = {
  locked: ', locked',
  preview: ', preview',
  unlocked: ', unlocked',
};

export function accessOf(item: FeedItemWire | undefined): string {
  if (item === undefined) return 'unknown';
  return item.decision.basis === 'unlock' ? 'unlocked' : item.decision.access;
}
