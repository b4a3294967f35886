/** What lies over the slides: series and coins, sound, side buttons, progress, the unmute chip, hints and the toast. */
import { coinsText, element, formatSeconds, setAttributes, setText } from './dom.ts';
import { icon, type IconName } from './icons.ts';
import { SEEK_STEP_SECONDS, TOAST_MS } from './limits.ts';
import type { PlaybackPhase, Progress } from './phase.ts';

export interface OverlayActions {
  readonly onToggleSound: () => void;
  readonly onTogglePlay: () => void;
  readonly onToggleCaptions: () => void;
  readonly onEpisodes: () => void;
  readonly onSettings: () => void;
  readonly onSeek: (seconds: number) => void;
}

export class Overlay {
  readonly root: DocumentFragment = document.createDocumentFragment();
  readonly #series = element('p', { class: 'series', part: 'series', dir: 'auto' });
  readonly #place = element('p', { class: 'place' });
  readonly #coins = element('span', {});
  readonly #wallet: HTMLElement;
  readonly #sound: HTMLButtonElement;
  readonly #play: HTMLButtonElement;
  readonly #captions: HTMLButtonElement;
  readonly #unmute: HTMLButtonElement;
  readonly #progress: HTMLElement;
  readonly #fill = element('div', { class: 'fill' });
  readonly #playable = element('div', { class: 'playable' });
  readonly #time = element('span', { class: 'time', 'aria-hidden': 'true' });
  readonly #toast = element('div', { class: 'toast', part: 'toast', role: 'status', 'data-testid': 'toast' });
  readonly #hint = element('div', { class: 'hint', part: 'hint', 'aria-hidden': 'true', 'data-testid': 'hint' });
  readonly #spoken = element('p', { class: 'spoken', role: 'status', 'data-testid': 'announcement' });
  #toastTimer: ReturnType<typeof setTimeout> | undefined;
  #hintTimer: ReturnType<typeof setTimeout> | undefined;
  #durationSeconds = 0;
  #positionSeconds = 0;

  constructor(actions: OverlayActions) {
    this.#wallet = element(
      'div',
      { class: 'wallet', part: 'wallet', 'data-testid': 'wallet', hidden: true },
      icon('coin'),
      this.#coins,
    );
    this.#sound = button('round sound', '', actions.onToggleSound, 'muted', 'sound');
    this.#play = button('round play', 'Play', actions.onTogglePlay, 'play', 'pause');
    this.#captions = button('round', 'Captions', actions.onToggleCaptions, 'captions');
    setAttributes(this.#captions, { part: 'captions-button', 'aria-pressed': 'false', hidden: true });
    const episodes = button('round', 'Episodes', actions.onEpisodes, 'grid');
    setAttributes(episodes, { part: 'episodes-button', 'aria-haspopup': 'dialog' });
    const settings = button('round', 'Settings', actions.onSettings, 'more');
    setAttributes(settings, { part: 'settings-button', 'aria-haspopup': 'dialog' });
    this.#unmute = button('chip unmute', '', actions.onToggleSound, 'muted');
    setAttributes(this.#unmute, { 'aria-label': null, hidden: true });
    this.#unmute.append('Tap to unmute');
    this.#progress = element(
      'div',
      {
        class: 'progress',
        part: 'progress',
        role: 'slider',
        tabindex: 0,
        'aria-label': 'Position',
        'aria-valuemin': 0,
        'aria-valuenow': 0,
      },
      element('div', { class: 'track' }, this.#playable, this.#fill),
    );
    this.#listenForSeeks(actions.onSeek);
    this.root.append(
      element(
        'header',
        { class: 'top' },
        element('div', { class: 'heading' }, this.#series, this.#place),
        element('div', { class: 'top-end' }, this.#wallet, element('slot', { name: 'actions' }), this.#sound),
      ),
      element('div', { class: 'rail', part: 'rail' }, episodes, this.#captions, settings),
      this.#unmute,
      element('div', { class: 'bottom', part: 'controls' }, this.#play, this.#progress, this.#time),
      this.#hint,
      this.#toast,
      this.#spoken,
    );
  }

  /** The unmute chip is there: a tap on the picture means it. */
  get offersSound(): boolean {
    return !this.#unmute.hidden;
  }

  setSeries(title: string, language: string | null, place: string): void {
    setText(this.#series, title);
    setAttributes(this.#series, { lang: language });
    setText(this.#place, place);
  }

  setCoins(coins: number | null): void {
    this.#wallet.hidden = coins === null;
    if (coins === null) return;
    setText(this.#coins, String(coins));
    setAttributes(this.#wallet, { role: 'img', 'aria-label': `Your balance: ${coinsText(coins)}` });
  }

  setMuted(muted: boolean, chip: boolean): void {
    setAttributes(this.#sound, { 'data-muted': String(muted), 'aria-label': muted ? 'Unmute' : 'Mute' });
    this.#unmute.hidden = !(muted && chip);
  }

  setPhase(phase: PlaybackPhase): void {
    const isPlaying = phase === 'playing' || phase === 'buffering' || phase === 'starting';
    setAttributes(this.#play, { 'data-playing': String(isPlaying), 'aria-label': isPlaying ? 'Pause' : 'Play' });
  }

  /** null: there are none. */
  setCaptions(on: boolean | null): void {
    this.#captions.hidden = on === null;
    setAttributes(this.#captions, { 'aria-pressed': String(on === true) });
  }

  setProgress({ positionSeconds, durationSeconds, playableSeconds }: Progress): void {
    this.#durationSeconds = durationSeconds;
    this.#positionSeconds = positionSeconds;
    const share = (seconds: number): string => String(Math.min(1, durationSeconds > 0 ? seconds / durationSeconds : 0));
    this.#fill.style.setProperty('--share', share(positionSeconds));
    this.#playable.style.setProperty('--share', share(playableSeconds));
    setAttributes(this.#progress, { 'data-cut': playableSeconds < durationSeconds - 0.5 });
    const text = `${formatSeconds(positionSeconds)} / ${formatSeconds(durationSeconds)}`;
    if (this.#time.textContent === text) return;
    setText(this.#time, text);
    setAttributes(this.#progress, {
      'aria-valuemax': Math.round(durationSeconds),
      'aria-valuenow': Math.round(positionSeconds),
      'aria-valuetext': text,
    });
  }

  toast(message: string): void {
    setText(this.#toast, message);
    setAttributes(this.#toast, { 'data-shown': true });
    clearTimeout(this.#toastTimer);
    this.#toastTimer = setTimeout(() => setAttributes(this.#toast, { 'data-shown': null }), TOAST_MS);
  }

  /** What a gesture does, for eyes only; null takes it away. */
  hint(text: string | null, isLasting: boolean = false): void {
    clearTimeout(this.#hintTimer);
    if (text !== null) setText(this.#hint, text);
    setAttributes(this.#hint, { 'data-shown': text !== null });
    if (text !== null && !isLasting) this.#hintTimer = setTimeout(() => this.hint(null), HINT_MS);
  }

  /** For a screen reader. */
  say(text: string): void {
    setText(this.#spoken, text);
  }

  #listenForSeeks(onSeek: (seconds: number) => void): void {
    const seekTo = (event: PointerEvent): void => {
      const { left, width } = this.#progress.getBoundingClientRect();
      onSeek(Math.min(1, Math.max(0, (event.clientX - left) / width)) * this.#durationSeconds);
    };
    this.#progress.addEventListener('pointerdown', (event) => {
      this.#progress.setPointerCapture(event.pointerId);
      seekTo(event);
    });
    this.#progress.addEventListener('pointermove', (event) => {
      if (this.#progress.hasPointerCapture(event.pointerId)) seekTo(event);
    });
    this.#progress.addEventListener('keydown', (event) => {
      const to = {
        ArrowLeft: this.#positionSeconds - SEEK_STEP_SECONDS,
        ArrowRight: this.#positionSeconds + SEEK_STEP_SECONDS,
        Home: 0,
        End: this.#durationSeconds,
      }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      onSeek(to);
    });
  }
}

/** Long enough to be read. */
const HINT_MS = 700;

function button(name: string, label: string, act: () => void, ...icons: readonly IconName[]): HTMLButtonElement {
  const made = element('button', { class: name, type: 'button', 'aria-label': label }, ...icons.map(icon));
  made.addEventListener('click', act);
  return made;
}
