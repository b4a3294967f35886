/** The paywall: a sheet over the player, never a page. The picture stays behind it and goes on where it stopped. */
import type { CoinOfferWire, FeedItemWire } from '../core/catalog/feed-wire.ts';
import { coinsText, element, setAttributes, setText } from './dom.ts';
import { icon } from './icons.ts';

export interface PaywallActions {
  readonly onUnlock: () => void;
  readonly onDismiss: () => void;
  readonly onAddDemoCoins: () => void;
}

export interface PaywallContent {
  readonly item: FeedItemWire;
  readonly offer: CoinOfferWire | null;
  readonly busy: boolean;
  readonly canAddDemoCoins: boolean;
}

export class PaywallSheet {
  readonly root: HTMLElement;
  readonly #kicker = element('p', { class: 'sheet-kicker' });
  readonly #title = element('h2', { class: 'sheet-title', id: 'paywall-title' });
  readonly #reason = element('p', { class: 'sheet-reason' });
  readonly #balance = element('strong', { 'data-testid': 'balance' });
  readonly #short = element('p', { class: 'sheet-short', role: 'status' });
  readonly #unlock = element('button', { class: 'primary', part: 'unlock', type: 'button', 'data-testid': 'unlock' });
  readonly #coins = element('button', { class: 'secondary', type: 'button', 'data-testid': 'add-demo-coins' });
  readonly #dismiss: HTMLButtonElement;

  constructor(actions: PaywallActions) {
    this.#dismiss = element('button', { class: 'plain', type: 'button', 'data-testid': 'not-now' }, 'Not now');
    setText(this.#coins, 'Get 50 coins (demo)');
    this.#unlock.addEventListener('click', actions.onUnlock);
    this.#coins.addEventListener('click', actions.onAddDemoCoins);
    this.#dismiss.addEventListener('click', actions.onDismiss);
    this.root = element(
      'section',
      {
        class: 'sheet',
        part: 'paywall',
        role: 'dialog',
        'aria-labelledby': 'paywall-title',
        'data-testid': 'paywall',
        hidden: true,
      },
      element('div', { class: 'sheet-lock' }, icon('lock')),
      this.#kicker,
      this.#title,
      this.#reason,
      element('p', { class: 'sheet-balance' }, icon('coin'), 'Your balance: ', this.#balance),
      this.#short,
      this.#unlock,
      this.#coins,
      this.#dismiss,
    );
    this.root.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') actions.onDismiss();
    });
  }

  get isOpen(): boolean {
    return !this.root.hidden;
  }

  open(content: PaywallContent): void {
    this.update(content);
    if (this.isOpen) return;
    this.root.hidden = false;
    // The focus must not scroll the sheet into view: it slides by itself.
    const first = [this.#coins, this.#unlock, this.#dismiss].find((button) => !button.hidden);
    first?.focus({ preventScroll: true });
  }

  close(): void {
    this.root.hidden = true;
  }

  update({ item, offer, busy, canAddDemoCoins }: PaywallContent): void {
    const short = offer?.shortCoins ?? 0;
    setText(this.#kicker, `Episode ${item.episode.number}`);
    setText(this.#title, item.episode.title);
    setText(this.#reason, reasonText(item));
    setText(this.#balance, coinsText(offer?.balance ?? 0));
    setText(this.#short, short > 0 ? `You need ${coinsText(short)} more.` : '');
    setText(this.#unlock, busy ? 'Unlocking…' : `Unlock for ${coinsText(offer?.coins ?? 0)}`);
    this.#unlock.hidden = offer === null;
    // Not `disabled`: that would throw the focus out of the sheet while it works.
    setAttributes(this.#unlock, {
      'aria-disabled': busy || short > 0 ? 'true' : null,
      'aria-busy': busy ? 'true' : null,
    });
    const hadFocus = this.#coins.matches(':focus');
    this.#coins.hidden = !(canAddDemoCoins && short > 0);
    if (hadFocus && this.#coins.hidden) this.#unlock.focus({ preventScroll: true });
    setAttributes(this.root, { 'data-short': short > 0 });
  }
}

function reasonText(item: FeedItemWire): string {
  if (item.decision.basis === 'country') return 'This episode is not available where you are.';
  if (item.decision.access === 'preview') return 'Your preview ends here. Unlock to see what happens next.';
  return 'Unlock this episode to go on with the story.';
}
