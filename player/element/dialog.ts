/** What a sheet does with the keyboard: Tab stays in it, Escape shuts it, and the focus goes back where it came from. */

const FOCUSABLE = 'button:not([hidden]), [href], input, select, textarea, [tabindex="0"]';

export class Dialog {
  readonly root: HTMLElement;
  #cameFrom: HTMLElement | null = null;

  constructor(root: HTMLElement, onDismiss: () => void) {
    this.root = root;
    root.hidden = true;
    root.setAttribute('role', 'dialog');
    root.setAttribute('aria-modal', 'true');
    root.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') {
        // The page may have a use for Escape of its own.
        event.preventDefault();
        onDismiss();
      } else if (event.key === 'Tab') this.#keepIn(event);
    });
  }

  get isOpen(): boolean {
    return !this.root.hidden;
  }

  open(first?: HTMLElement): void {
    if (this.isOpen) return;
    this.#cameFrom = focused(this.root);
    this.root.hidden = false;
    // The focus must not scroll a sheet into view: it slides by itself.
    (first ?? this.#stops()[0])?.focus({ preventScroll: true });
  }

  /** True when the focus was in it and has gone back. */
  close(): boolean {
    if (!this.isOpen) return false;
    const hadFocus = this.#stops().some((stop) => stop.matches(':focus-within'));
    this.root.hidden = true;
    const target = this.#cameFrom;
    this.#cameFrom = null;
    if (!hadFocus || target === null || target.closest('[inert]') !== null) return false;
    target.focus({ preventScroll: true });
    return target.matches(':focus');
  }

  #keepIn(event: KeyboardEvent): void {
    const stops = this.#stops();
    const [first, last] = [stops[0], stops.at(-1)];
    const at = stops.findIndex((stop) => stop.matches(':focus, :focus-within'));
    const isEdge = event.shiftKey ? at <= 0 : at === stops.length - 1;
    if (!isEdge) return;
    event.preventDefault();
    (event.shiftKey ? last : first)?.focus({ preventScroll: true });
  }

  /** Also what an app has put into a slot of it. */
  #stops(): HTMLElement[] {
    const slotted = [...this.root.querySelectorAll('slot')].flatMap((slot) => slot.assignedElements());
    const inside = slotted.flatMap((each) => [each, ...each.querySelectorAll(FOCUSABLE)]);
    return [...inside, ...this.root.querySelectorAll(FOCUSABLE)]
      .filter((each): each is HTMLElement => each instanceof HTMLElement && each.matches(FOCUSABLE))
      .filter((each) => each.checkVisibility());
  }
}

function focused(root: HTMLElement): HTMLElement | null {
  const within = root.getRootNode();
  const active = within instanceof ShadowRoot || within instanceof Document ? within.activeElement : null;
  return active instanceof HTMLElement ? active : null;
}
