/** The demo page: finds out who watches what, then puts the player on a stage. */
import '../element/index.ts';
import type { DemoSessionWire } from '../../core/catalog/feed-wire.ts';
import { element, setText } from '../dom.ts';
import { openDemoSession, type EdgeResult } from '../edge-client.ts';
import { icon, type IconName } from '../icons.ts';
import type { MicroDramaFeed } from '../micro-drama-feed.ts';
import { Backdrop } from './backdrop.ts';
import { debugPanel } from './debug-panel.ts';
import { EpisodePanel } from './episode-panel.ts';
import { readPageRequest } from './page-request.ts';

const app = document.querySelector<HTMLElement>('#app') ?? document.body;

async function open(): Promise<void> {
  const request = readPageRequest(location.href);
  // Out of the query: that would be sent as a referrer and written into logs.
  if (request.cleanUrl !== null) history.replaceState(null, '', request.cleanUrl);
  if (request.token !== null && request.series !== null) {
    show(request.token, request.series);
    return;
  }
  app.replaceChildren(element('div', { class: 'stage-frame loading', role: 'status', 'aria-label': 'Loading' }));
  const session = await openDemoSession('', request.series);
  if (session.kind === 'ok' && session.value.series !== null) show(session.value.token, session.value.series);
  else showNotice(noticeOf(session));
}

function show(token: string, series: string): void {
  const player = document.createElement('micro-drama-feed') as MicroDramaFeed;
  player.setAttribute('demo', '');
  player.setAttribute('series', series);
  player.setAttribute('token', token);
  const panel = new EpisodePanel((index) => player.goTo(index));
  const backdrop = new Backdrop(document.querySelector('#backdrop'));
  player.addEventListener('statechange', () => {
    const state = player.feed?.state;
    if (state === undefined) return;
    panel.render(state);
    backdrop.render(state);
    if (state.series !== null) document.title = `${state.series.title} · Cliffhanger`;
  });
  // Keys work wherever the focus is; the player's own come first.
  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || !player.handleKey(event)) return;
    event.preventDefault();
  });
  app.replaceChildren(element('div', { class: 'stage-frame' }, player), arrows(player), panel.root);
  if (new URLSearchParams(location.search).has('debug') && player.feed !== null) app.append(debugPanel(player.feed));
}

function arrows(player: MicroDramaFeed): HTMLElement {
  const button = (name: IconName, label: string, act: () => void): HTMLElement => {
    const made = element('button', { type: 'button', 'aria-label': label }, icon(name));
    made.addEventListener('click', act);
    return made;
  };
  return element(
    'nav',
    { class: 'arrows', 'aria-label': 'Swipe' },
    button('up', 'Previous episode', () => player.previous()),
    button('down', 'Next episode', () => player.next()),
  );
}

interface PageNotice {
  readonly icon: IconName;
  readonly title: string;
  readonly advice: string;
  readonly example: string | null;
}

function noticeOf(session: EdgeResult<DemoSessionWire>): PageNotice {
  if (session.kind === 'unreachable') {
    return {
      icon: 'offline',
      title: 'The service does not answer',
      advice: 'Check your connection, then try again.',
      example: null,
    };
  }
  if (session.kind === 'ok') {
    return {
      icon: 'grid',
      title: 'The library is empty',
      advice: 'Import a series first, then open this page again.',
      example: null,
    };
  }
  if (session.status === 404) {
    return {
      icon: 'play',
      title: 'Nearly there',
      advice:
        'This page plays for a signed-in viewer. Have your backend make a viewer token, and open the page with it.',
      example: `${location.origin}${location.pathname}?series=my-series#token=<viewer token>`,
    };
  }
  return {
    icon: 'alert',
    title: 'Something went wrong on our side',
    advice: `Try again in a moment. If it stays, tell us this code: ${session.code}.`,
    example: null,
  };
}

function showNotice(notice: PageNotice): void {
  const title = element('h1', {});
  setText(title, notice.title);
  const again = element('button', { type: 'button' }, 'Try again');
  again.addEventListener('click', () => void open());
  app.replaceChildren(
    element(
      'section',
      { class: 'page-notice', role: 'alert', 'data-testid': 'error' },
      element('div', { class: 'page-notice-icon' }, icon(notice.icon)),
      title,
      element('p', {}, notice.advice),
      notice.example === null ? again : element('code', {}, notice.example),
    ),
  );
}

void open();
