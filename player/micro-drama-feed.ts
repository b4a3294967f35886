/**
 * `<micro-drama-feed series="…" token="…">`: the vertical swipe feed as a web component.
 *
 * Attributes: `series`, `token`, `edge` (origin, default the page's own), `demo` (offer free coins where the edge is a
 * demo). Properties: `feed` (the headless feed), `onTokenExpiring`. Events: `episodechange`, `startup`, `previewend`,
 * `entitlementrequired`, `unlock`, `statechange`. Parts and custom properties: see feed-styles.ts.
 */
import { createFeed, type Feed } from './create-feed.ts';
import { feedStyleSheet } from './feed-styles.ts';
import { createVideo, FeedView } from './feed-view.ts';
import type { RenewToken } from './viewer-token.ts';

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

  /** True when the key meant something here. A page may pass its own key events on. */
  handleKey(event: KeyboardEvent): boolean {
    if (event.altKey || event.ctrlKey || event.metaKey) return false;
    const onButton = event.composedPath().some((node) => node instanceof HTMLButtonElement);
    switch (event.key) {
      case 'ArrowDown':
      case 'PageDown':
        this.next();
        return true;
      case 'ArrowUp':
      case 'PageUp':
        this.previous();
        return true;
      case ' ':
        // A button with the focus is what Space is for.
        if (onButton) return false;
        this.togglePlay();
        return true;
      case 'm':
      case 'M':
        this.toggleSound();
        return true;
      default:
        return false;
    }
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
    const renewal = this.onTokenExpiring;
    const onTokenExpiring = renewal === null ? {} : { onTokenExpiring: renewal };
    const feed = createFeed({ series, token, edge, createVideo, ...onTokenExpiring });
    this.#feed = feed;
    this.#view = new FeedView(feed, { demo: this.hasAttribute('demo') }, (name, detail) => {
      this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
    });
    this.shadowRoot?.replaceChildren(this.#view.root);
    void feed.start();
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
