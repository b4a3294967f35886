import { element, setText } from './dom.ts';
/** What fills the stage when there is nothing to play: loading, an error that says what to do, no network. */
import { icon, type IconName } from './icons.ts';
import type { PlaybackFailure } from './recovery.ts';

export interface NoticeText {
  readonly icon: IconName;
  readonly title: string;
  readonly advice: string;
  readonly action: string;
}

export const EMPTY_SERIES: NoticeText = {
  icon: 'grid',
  title: 'No episodes yet',
  advice: 'Nothing has been published in this series. Come back soon.',
  action: 'Look again',
};

export class Notice {
  readonly root: HTMLElement;
  readonly #icon = element('div', { class: 'notice-icon' });
  readonly #title = element('h2', {});
  readonly #advice = element('p', {});
  readonly #action: HTMLButtonElement;
  #onAction: () => void = () => undefined;

  constructor() {
    this.#action = element('button', { class: 'primary', type: 'button' });
    this.#action.addEventListener('click', () => this.#onAction());
    this.root = element(
      'div',
      { class: 'notice', part: 'error', role: 'alert', 'data-testid': 'error', hidden: true },
      this.#icon,
      this.#title,
      this.#advice,
      this.#action,
    );
  }

  get isOpen(): boolean {
    return !this.root.hidden;
  }

  show(text: NoticeText, onAction: () => void): void {
    this.#icon.replaceChildren(icon(text.icon));
    setText(this.#title, text.title);
    setText(this.#advice, text.advice);
    setText(this.#action, text.action);
    this.#onAction = onAction;
    this.root.hidden = false;
  }

  hide(): void {
    this.root.hidden = true;
  }

  retry(): void {
    this.#onAction();
  }
}

/** What a failed call means to a viewer, and what they can do about it. */
export function noticeFor(failure: PlaybackFailure, isOnline: boolean): NoticeText {
  if (failure.kind === 'not-playable') return NOT_PLAYABLE;
  if (failure.kind === 'unreachable') return isOnline ? UNREACHABLE : OFFLINE;
  if (failure.status === 401) {
    return {
      icon: 'alert',
      title: 'Your session has ended',
      advice: 'Open the series again from the app, or sign in anew, then try again.',
      action: 'Try again',
    };
  }
  if (failure.code === 'concurrency-limit') {
    return {
      icon: 'alert',
      title: 'You are watching on another device',
      advice: 'Stop it there, or wait a minute, then try again.',
      action: 'Try again',
    };
  }
  if (failure.code === 'device-limit') {
    return {
      icon: 'alert',
      title: 'Too many devices',
      advice: 'Give up one of your other devices in the app, then try again.',
      action: 'Try again',
    };
  }
  if (failure.status === 404) {
    return {
      icon: 'alert',
      title: 'This series is not here',
      advice: 'The link may be old. Check it, or pick another series.',
      action: 'Try again',
    };
  }
  if (failure.status === 429) {
    return {
      icon: 'alert',
      title: 'Too many requests',
      advice: 'Wait a few seconds, then try again.',
      action: 'Try again',
    };
  }
  return {
    icon: 'alert',
    title: 'Something went wrong on our side',
    advice: `Try again in a moment. If it stays, tell us this code: ${failure.code}.`,
    action: 'Try again',
  };
}

const OFFLINE: NoticeText = {
  icon: 'offline',
  title: 'You are offline',
  advice: 'Check your connection. We go on by ourselves when it is back.',
  action: 'Try again',
};

const UNREACHABLE: NoticeText = {
  icon: 'offline',
  title: 'The video service does not answer',
  advice: 'Your connection may be weak. Try again, or move to a better network.',
  action: 'Try again',
};

const NOT_PLAYABLE: NoticeText = {
  icon: 'alert',
  title: 'This episode will not play',
  advice: 'Try again, or swipe on to the next one.',
  action: 'Try again',
};
