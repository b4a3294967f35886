/** On or off, as a button that says which. */
import { element, setAttributes } from '../dom.ts';

export class Switch {
  readonly root: HTMLButtonElement;

  constructor(label: string, onChange: (on: boolean) => void) {
    this.root = element(
      'button',
      { class: 'row switch', type: 'button', role: 'switch', 'aria-checked': 'false' },
      element('span', {}, label),
      element('i', { class: 'knob', 'aria-hidden': 'true' }),
    );
    this.root.addEventListener('click', () => {
      this.on = !this.on;
      onChange(this.on);
    });
  }

  get on(): boolean {
    return this.root.getAttribute('aria-checked') === 'true';
  }

  set on(on: boolean) {
    setAttributes(this.root, { 'aria-checked': String(on) });
  }
}
