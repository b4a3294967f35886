import type { Consent } from '../core/qoe/beacon-context.ts';
import { createFeed, type Feed } from './create-feed.ts';
import { feedStyleSheet } from './feed-styles.ts';
import { createVideo, FeedView } from './feed-view.ts';
import type { RenewToken } from './viewer-token.ts';

/**
 * The vertical swipe feed: every swipe already plays.
 *
 * What follows is read by scripts/elements.ts, which writes custom-elements.json and the React wrapper from it.
 *
 * @tag micro-drama-feed
 *
 * @attr {string} series - Series id or slug. Required.
 * @attr {string} token - Viewer token that the app's backend has made. Required.
 * @attr {string} edge - Origin of the edge; the page's own when absent.
 * @attr {boolean} demo - Offers free coins where the edge is a demo.
 * @attr {'none' | 'essential' | 'analytics'} consent - What the viewer has agreed to be counted for; may change at any time. docs/player.md, Privacy.
 * @attr {string} app-version - Version of your app, to compare numbers by.
 * @attr {string} experiment - Variant of your experiment, to compare numbers by.
 * @attr {boolean} no-resume - Begins at the first episode, not where the viewer stopped the last time.
 *
 * @prop {Feed | null} feed - The headless feed behind it, with `on()`; null while `series` or `token` is missing.
 * @prop {RenewToken | null} onTokenExpiring - Asked for another token shortly before the old one lapses.
 *
 * @fires episodechange {EpisodeChangeDetail} - Another episode is shown.
 * @fires startup {StartupDetail} - The first frame of an episode is on the screen.
 * @fires stall {StallDetail} - It stood still for want of data.
 * @fires previewend {EpisodeDetail} - A preview has come to its end.
 * @fires entitlementrequired {EntitlementDetail} - The paywall has opened.
 * @fires offerselect {OfferDetail} - The viewer picked an offer that is the app's to take: `ad` or `pass`. Call `recheck()` once it has been.
 * @fires unlock {UnlockDetail} - The first frame beyond the preview is on the screen.
 * @fires preloadplan {PreloadDetail} - What the preload policy decided.
 * @fires statechange {StateDetail} - The feed's state has changed.
 *
 * @slot actions - Buttons of the app, at the top beside the sound button.
 * @slot paywall - Stands in place of what the paywall sheet shows.
 *
 * @cssprop --mdf-accent - First colour of main buttons. `#e0234d`
 * @cssprop --mdf-accent-2 - Second colour of main buttons. `#d13a2a`
 * @cssprop --mdf-accent-ink - Text on main buttons. `#fff`
 * @cssprop --mdf-gold - Coins, locks and the bar of a preview. `#ffd27a`
 * @cssprop --mdf-ink - Text. `#fff`
 * @cssprop --mdf-ink-soft - Text of less weight. `rgb(255 255 255 / 72%)`
 * @cssprop --mdf-surface - Sheets and drawers. `#16131c`
 * @cssprop --mdf-backdrop - Behind the picture. `#08070b`
 * @cssprop --mdf-radius - Corners of the player. `0px`
 * @cssprop --mdf-font - Font family. `system-ui, …`
 *
 * @csspart stage - All of it.
 * @csspart slide - One episode.
 * @csspart poster - Its poster.
 * @csspart video - Its media element.
 * @csspart caption - What is written over it.
 * @csspart title - Its title.
 * @csspart finish - What stands there when nothing follows.
 * @csspart series - Title of the series.
 * @csspart wallet - Coins of the viewer.
 * @csspart rail - The buttons at the side.
 * @csspart episodes-button - Opens the episodes.
 * @csspart captions-button - Captions on and off.
 * @csspart settings-button - Opens the settings.
 * @csspart controls - Play button, bar and time.
 * @csspart progress - The bar.
 * @csspart paywall - The paywall sheet.
 * @csspart unlock - Its main button.
 * @csspart offers - Its other offers.
 * @csspart episodes - The drawer of episodes.
 * @csspart grid - Its numbers.
 * @csspart settings - The drawer of settings.
 * @csspart hint - What a gesture does.
 * @csspart toast - Short messages.
 * @csspart error - What stands in place of the picture when it can't play.
 */
export class MicroDramaFeed extends HTMLElement {
  static readonly observedAttributes: readonly string[] = ['series', 'token', 'edge'];
  /** Asked for another token shortly before the old one lapses. */
  onTokenExpiring: RenewToken | null = null;
  #feed: Feed | null = null;
  #view: FeedView | null = null;

  constructor() {
    super();
    const shadow = this.attachShadow({ mode: 'open' });
    // A constructed sheet, because a strict CSP refuses <style> in a shadow root.
    shadow.adoptedStyleSheets = [feedStyleSheet()];
  }

  /** The feed that is shown; null while `series` or `token` is missing. */
  get feed(): Feed | null {
    return this.#feed;
  }

  connectedCallback(): void {
    this.addEventListener('keydown', this.#onKey);
    this.#open();
  }

  disconnectedCallback(): void {
    this.removeEventListener('keydown', this.#onKey);
    this.#close();
  }

  attributeChangedCallback(_name: string, before: string | null, after: string | null): void {
    if (this.isConnected && before !== after) this.#open();
  }

  goTo(index: number): void {
    this.#view?.goTo(index);
  }

  next(): void {
    this.#view?.step(1);
  }

  previous(): void {
    this.#view?.step(-1);
  }

  togglePlay(): void {
    this.#view?.togglePlay();
  }

  toggleSound(): void {
    this.#view?.toggleSound();
  }

  toggleCaptions(): void {
    this.#view?.toggleCaptions();
  }

  openEpisodes(): void {
    this.#view?.openEpisodes();
  }

  /** For a paywall of the app's own, in the slot. */
  closePaywall(): void {
    this.#view?.closePaywall();
  }

  /** True when the key meant something here. A page may pass its own key events on. */
  handleKey(event: KeyboardEvent): boolean {
    return this.#view?.key(event) ?? false;
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || !this.handleKey(event)) return;
    event.preventDefault();
  };

  #open(): void {
    this.#close();
    const series = this.getAttribute('series');
    const token = this.getAttribute('token');
    if (series === null || token === null) return;
    const edge = (this.getAttribute('edge') ?? '').replace(/\/$/, '');
    // Frameworks set properties after attributes: it is looked up when it is needed.
    const onTokenExpiring = (): ReturnType<RenewToken> => this.onTokenExpiring?.() ?? token;
    const told = (name: string): string | undefined => this.getAttribute(name) ?? undefined;
    const feed = createFeed({
      series,
      token,
      edge,
      createVideo,
      onTokenExpiring,
      appVersion: told('app-version'),
      experiment: told('experiment'),
      get consent() {
        return told('consent') as Consent | undefined;
      },
    });
    this.#feed = feed;
    const options = { demo: this.hasAttribute('demo'), resume: !this.hasAttribute('no-resume') };
    // The answer is on its way while there is something to be built.
    void feed.start(options);
    this.#view = new FeedView(feed, options, (name, detail) => {
      this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
    });
    this.shadowRoot?.replaceChildren(this.#view.root);
  }

  #close(): void {
    this.#view?.destroy();
    this.#view = null;
    this.#feed = null;
  }
}

export function defineMicroDramaFeed(name: string = 'micro-drama-feed'): void {
  if (customElements.get(name) === undefined) customElements.define(name, MicroDramaFeed);
}
