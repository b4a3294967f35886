/**
 * The paywall: a sheet over the player, never a page. The picture stays behind it and goes on where it stopped. What an
 * app puts into the slot `paywall` stands in its place.
 */
import type { CoinOfferWire, FeedItemWire, OfferWire } from '../core/catalog/feed-wire.ts';
import { coinsText, element, setAttributes, setText } from './dom.ts';
import { Dialog } from './element/dialog.ts';
import { offerText } from './element/offer-text.ts';
import { Switch } from './element/switch.ts';
import { icon } from './icons.ts';

export interface PaywallActions {
  readonly onUnlock: () => void;
  readonly onOffer: (offer: OfferWire) => void;
  readonly onDismiss: () => void;
  readonly onAddDemoCoins: () => void;
  readonly onAutoUnlock: (enabled: boolean) => void;
}

export interface PaywallContent {
  readonly item: FeedItemWire;
  readonly offer: CoinOfferWire | null;
  readonly coins: number | null;
  readonly busy: boolean;
  readonly canAddDemoCoins: boolean;
  /** null where the viewer's rule is not known: then there is no switch. */
  readonly autoUnlock: boolean | null;
}

export class PaywallSheet {
  readonly root: HTMLElement;
  readonly #dialog: Dialog;
  readonly #actions: PaywallActions;
  readonly #kicker = element('p', { class: 'sheet-kicker' });
  readonly #title = element('h2', { class: 'sheet-title', id: 'paywall-title', dir: 'auto' });
  readonly #reason = element('p', { class: 'sheet-reason' });
  readonly #balance = element('strong', { 'data-testid': 'balance' });
  readonly #balanceLine = element('p', { class: 'sheet-balance' }, icon('coin'), 'Your balance: ', this.#balance);
  readonly #short = element('p', { class: 'sheet-short', role: 'status' });
  readonly #unlock = element('button', { class: 'primary', part: 'unlock', type: 'button', 'data-testid': 'unlock' });
  readonly #coins = element('button', { class: 'secondary', type: 'button', 'data-testid': 'add-demo-coins' });
  readonly #others = element('ul', { class: 'offers', part: 'offers', 'aria-label': 'Other ways to watch' });
  readonly #auto: Switch;
  readonly #dismiss: HTMLButtonElement;

  constructor(actions: PaywallActions) {
    this.#actions = actions;
    this.#dismiss = element('button', { class: 'plain', type: 'button', 'data-testid': 'not-now' }, 'Not now');
    setText(this.#coins, 'Get 50 coins (demo)');
    this.#unlock.addEventListener('click', actions.onUnlock);
    this.#coins.addEventListener('click', actions.onAddDemoCoins);
    this.#dismiss.addEventListener('click', actions.onDismiss);
    this.#auto = new Switch('Unlock the next episodes for me', actions.onAutoUnlock);
    this.root = element(
      'section',
      { class: 'sheet', part: 'paywall', 'aria-labelledby': 'paywall-title', 'data-testid': 'paywall' },
      element(
        'slot',
        { name: 'paywall' },
        element('div', { class: 'sheet-lock' }, icon('lock')),
        this.#kicker,
        this.#title,
        this.#reason,
        this.#balanceLine,
        this.#short,
        this.#unlock,
        this.#coins,
        this.#others,
        this.#auto.root,
        this.#dismiss,
      ),
    );
    this.#dialog = new Dialog(this.root, actions.onDismiss);
  }

  get isOpen(): boolean {
    return this.#dialog.isOpen;
  }

  open(content: PaywallContent): void {
    this.update(content);
    const isSlotted = this.root.querySelector('slot')?.assignedElements().length !== 0;
    const own = [this.#coins, this.#unlock, this.#dismiss].find((button) => !button.hidden);
    this.#dialog.open(isSlotted ? undefined : own);
  }

  close(): void {
    this.#dialog.close();
  }

  update({ item, offer, coins, busy, canAddDemoCoins, autoUnlock }: PaywallContent): void {
    const short = offer?.shortCoins ?? 0;
    setText(this.#kicker, `Episode ${item.episode.number}`);
    setText(this.#title, item.episode.title);
    setText(this.#reason, reasonText(item));
    setText(this.#balance, coinsText(offer?.balance ?? coins ?? 0));
    this.#balanceLine.hidden = offer === null && coins === null;
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
    this.#renderOthers(item, coins, busy);
    this.#auto.root.hidden = autoUnlock === null || offer === null;
    this.#auto.on = autoUnlock === true;
  }

  #renderOthers({ decision, episode }: FeedItemWire, coins: number | null, busy: boolean): void {
    const offers = decision.offers.filter(({ method }) => method !== 'coins');
    this.#others.hidden = offers.length === 0;
    const texts = offers.map((offer) => offerText(offer, episode.id, coins, Date.now()));
    const signature = JSON.stringify([episode.id, texts, busy]);
    // Buttons made anew would lose the focus.
    if (this.#others.dataset['signature'] === signature) return;
    this.#others.dataset['signature'] = signature;
    const focused = [...this.#others.children].findIndex((child) => child.matches(':focus-within'));
    this.#others.replaceChildren(
      ...offers.map((offer, index) => {
        const { label = '', detail = '', isPossible = false } = texts[index] ?? {};
        const button = element(
          'button',
          {
            type: 'button',
            class: 'offer',
            'data-offer': offer.method,
            'aria-disabled': !isPossible || busy ? 'true' : null,
          },
          element('span', {}, label),
          element('small', {}, detail),
        );
        button.addEventListener('click', () => {
          if (isPossible && !busy) this.#actions.onOffer(offer);
        });
        return element('li', {}, button);
      }),
    );
    if (focused !== -1) this.#others.children[focused]?.querySelector('button')?.focus({ preventScroll: true });
  }
}

function reasonText({ decision }: FeedItemWire): string {
  if (decision.basis === 'country') return 'This episode is not available where you are.';
  if (decision.offers.length === 0) return 'This episode cannot be unlocked right now.';
  if (decision.access === 'preview') return 'Your preview ends here. Unlock to see what happens next.';
  return 'Unlock this episode to go on with the story.';
}
