/** What lies over the slides: series and coins, sound, progress, the unmute chip and the toast. */
import { coinsText, element, formatSeconds, setAttributes, setText } from './dom.ts';
import { icon } from './icons.ts';
import { TOAST_MS } from './limits.ts';
import type { Progress } from './phase.ts';

export interface OverlayActions {
  readonly onToggleSound: () => void;
  readonly onSeek: (seconds: number) => void;
}

export class Overlay {
  readonly root: DocumentFragment = document.createDocumentFragment();
  readonly #series = element('p', { class: 'series', part: 'series' });
  readonly #place = element('p', { class: 'place' });
  readonly #coins = element('span', {});
  readonly #wallet: HTMLElement;
  readonly #sound: HTMLButtonElement;
  readonly #unmute: HTMLButtonElement;
  readonly #progress: HTMLElement;
  readonly #fill = element('div', { class: 'fill' });
  readonly #playable = element('div', { class: 'playable' });
  readonly #time = element('span', { class: 'time', 'aria-hidden': 'true' });
  readonly #toast = element('div', { class: 'toast', part: 'toast', role: 'status', 'data-testid': 'toast' });
  #toastTimer: ReturnType<typeof setTimeout> | undefined;
  #durationSeconds = 0;

  constructor(actions: OverlayActions) {
    this.#wallet = element(
      'div',
      { class: 'wallet', part: 'wallet', 'data-testid': 'wallet', hidden: true },
      icon('coin'),
      this.#coins,
    );
    this.#sound = element('button', { class: 'round sound', type: 'button' }, icon('muted'), icon('sound'));
    this.#unmute = element(
      'button',
      { class: 'chip unmute', type: 'button', hidden: true },
      icon('muted'),
      'Tap to unmute',
    );
    for (const button of [this.#sound, this.#unmute]) button.addEventListener('click', actions.onToggleSound);
    this.#progress = element(
      'div',
      {
        class: 'progress',
        part: 'progress',
        role: 'slider',
        tabindex: 0,
        'aria-label': 'Position',
        'aria-valuemin': 0,
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
      this.#unmute,
      element('div', { class: 'bottom' }, this.#progress, this.#time),
      this.#toast,
    );
  }

  setSeries(title: string, place: string): void {
    setText(this.#series, title);
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

  setProgress({ positionSeconds, durationSeconds, playableSeconds }: Progress): void {
    this.#durationSeconds = durationSeconds;
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
  }
}
