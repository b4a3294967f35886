/** What comes up when it is asked for: its code and looks are fetched once the first episode plays. */
import type { FeedState } from '../feed-state.ts';
import { importAgain } from '../import-again.ts';
import type { EpisodeGrid } from './episode-grid.ts';
import type { SettingsActions, SettingsContent, SettingsSheet } from './settings-sheet.ts';

interface Kit {
  readonly grid: EpisodeGrid;
  readonly settings: SettingsSheet;
}

export interface SheetEvents {
  readonly onPick: (number: number) => void;
  readonly settings: SettingsActions;
  /** A sheet was asked for, and its code did not come. */
  readonly onMissing: () => void;
}

export class Sheets {
  readonly #stage: HTMLElement;
  readonly #events: SheetEvents;
  #kit: Promise<Kit> | null = null;
  #grid: EpisodeGrid | null = null;
  #settings: SettingsSheet | null = null;

  constructor(stage: HTMLElement, events: SheetEvents) {
    this.#stage = stage;
    this.#events = events;
  }

  get isOpen(): boolean {
    return this.#grid?.isOpen === true || this.#settings?.isOpen === true;
  }

  /** Ahead of need; what fails here is fetched again when a sheet is opened. */
  load(): void {
    this.#load().catch(() => undefined);
  }

  openEpisodes(state: FeedState): void {
    this.#load().then(({ grid }) => grid.open(state), this.#events.onMissing);
  }

  openSettings(content: SettingsContent): void {
    this.#load().then(({ settings }) => settings.open(content), this.#events.onMissing);
  }

  render(state: FeedState): void {
    if (this.#grid?.isOpen === true) this.#grid.render(state);
  }

  #load(): Promise<Kit> {
    this.#kit ??= importAgain(() => import('./sheet-kit.ts'), 'EpisodeGrid').then(
      ({ EpisodeGrid: Grid, SettingsSheet: Settings, sheetStyles }) => {
        const [grid, settings] = [new Grid(this.#events.onPick), new Settings(this.#events.settings)];
        const shadow = this.#stage.getRootNode();
        if (shadow instanceof ShadowRoot) shadow.adoptedStyleSheets.push(sheetStyles());
        this.#stage.append(grid.root, settings.root);
        this.#grid = grid;
        this.#settings = settings;
        return { grid, settings };
      },
    );
    // A network that was gone for a moment must not make it gone for good.
    this.#kit.catch(() => (this.#kit = null));
    return this.#kit;
  }
}
