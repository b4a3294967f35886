/** Captions, language of the sound, automatic unlocks, picture in picture. Made when it is first asked for. */
import { element, setText } from '../dom.ts';
import type { AudioOption } from '../engine.ts';
import { icon } from '../icons.ts';
import type { CaptionOption } from './captions.ts';
import { Dialog } from './dialog.ts';
import { Switch } from './switch.ts';

export interface SettingsContent {
  readonly captions: readonly CaptionOption[];
  readonly audio: readonly AudioOption[];
  readonly autoUnlock: boolean | null;
  readonly canPictureInPicture: boolean;
}

export interface SettingsActions {
  readonly onCaptions: (option: CaptionOption | null) => void;
  readonly onAudio: (option: AudioOption) => void;
  readonly onAutoUnlock: (enabled: boolean) => void;
  readonly onPictureInPicture: () => void;
}

export class SettingsSheet {
  readonly root: HTMLElement;
  readonly #dialog: Dialog;
  readonly #actions: SettingsActions;
  readonly #captions = element('fieldset', { class: 'choices' });
  readonly #audio = element('fieldset', { class: 'choices' });
  readonly #auto: Switch;
  readonly #picture: HTMLButtonElement;

  constructor(actions: SettingsActions) {
    this.#actions = actions;
    const close = element('button', { class: 'round', type: 'button', 'aria-label': 'Close' }, icon('close'));
    close.addEventListener('click', () => this.close());
    this.#auto = new Switch('Unlock the next episodes for me', actions.onAutoUnlock);
    this.#picture = element('button', { class: 'row', type: 'button' }, 'Picture in picture', icon('picture'));
    this.#picture.addEventListener('click', () => {
      this.close();
      actions.onPictureInPicture();
    });
    this.root = element(
      'section',
      { class: 'drawer', part: 'settings', 'aria-labelledby': 'settings-title', 'data-testid': 'settings' },
      element('div', { class: 'drawer-head' }, element('h2', { id: 'settings-title' }, 'Settings'), close),
      element('div', { class: 'drawer-body' }, this.#captions, this.#audio, this.#auto.root, this.#picture),
    );
    this.#dialog = new Dialog(this.root, () => this.close());
  }

  get isOpen(): boolean {
    return this.#dialog.isOpen;
  }

  open({ captions, audio, autoUnlock, canPictureInPicture }: SettingsContent): void {
    const { onCaptions, onAudio } = this.#actions;
    const off = { label: 'Off', isActive: captions.every(({ isActive }) => !isActive), pick: () => onCaptions(null) };
    const none = { label: 'This episode has none', isActive: true, pick: () => undefined };
    const shown = captions.map((option) => ({ ...option, pick: () => onCaptions(option) }));
    fill(this.#captions, 'Captions', captions.length === 0 ? [none] : [off, ...shown]);
    const languages = audio.map((option) => ({ ...option, label: option.name, pick: () => onAudio(option) }));
    fill(this.#audio, 'Language', languages);
    this.#audio.hidden = audio.length < 2;
    this.#auto.root.hidden = autoUnlock === null;
    this.#auto.on = autoUnlock === true;
    this.#picture.hidden = !canPictureInPicture;
    this.#dialog.open(this.root.querySelector<HTMLElement>('input:checked') ?? undefined);
  }

  close(): void {
    this.#dialog.close();
  }
}

interface Choice {
  readonly label: string;
  readonly isActive: boolean;
  readonly pick: () => void;
}

function fill(group: HTMLElement, name: string, choices: readonly Choice[]): void {
  const legend = element('legend', {});
  setText(legend, name);
  const rows = choices.map(({ label, isActive, pick }) => {
    const radio = element('input', { type: 'radio', name, checked: isActive });
    radio.addEventListener('change', pick);
    return element('label', { class: 'row', dir: 'auto' }, element('span', {}, label), radio);
  });
  group.replaceChildren(legend, ...rows);
}
