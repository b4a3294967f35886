import { Api, type Series } from './api.ts';
import { element, setText } from './dom.ts';
import { episodeRow } from './episode-row.ts';

const app = document.querySelector('main') ?? document.body;

/** The key comes from the form, or behind `#key=` (never sent to a server), and is forgotten with the page. */
const fromHash = new URLSearchParams(location.hash.slice(1)).get('key');
if (fromHash) {
  history.replaceState(null, '', location.pathname);
  void open(fromHash);
} else {
  askForKey('');
}

function askForKey(problem: string): void {
  const input = element('input', {
    type: 'password',
    name: 'key',
    placeholder: 'sk_…',
    autocomplete: 'off',
    required: '',
    'aria-label': 'API key',
  });
  const form = element(
    'form',
    { class: 'sign-in' },
    element('h1', {}, 'Cliffhanger console'),
    element(
      'p',
      { class: 'soft' },
      'Paste an API key. On your own machine, npm start prints where it is; the page keeps it in memory only.',
    ),
    input,
    element('button', { class: 'primary' }, 'Open'),
    element('p', { class: 'message', role: 'alert' }, problem),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void open(input.value.trim());
  });
  app.replaceChildren(form);
  input.focus();
}

async function open(key: string): Promise<void> {
  const api = new Api(key);
  try {
    showCatalogue(api, await api.listSeries());
  } catch (error) {
    askForKey(error instanceof Error ? error.message : String(error));
  }
}

function showCatalogue(api: Api, list: readonly Series[]): void {
  if (list.length === 0) {
    app.replaceChildren(
      element(
        'section',
        { class: 'empty' },
        element('h1', {}, 'No series yet'),
        element(
          'p',
          { class: 'soft' },
          'Create one with POST /v1/series; the README has the five calls from there to a playing episode.',
        ),
      ),
    );
    return;
  }
  app.replaceChildren(element('h1', {}, 'Catalogue'), ...list.map((series) => seriesSection(api, series)));
}

function seriesSection(api: Api, series: Series): HTMLElement {
  const rows = element('tbody');
  const problem = element('p', { class: 'message', role: 'alert' });
  const head = ['No.', 'Episode', 'State', 'Length', 'Access', 'Retention', ''].map((title) =>
    element('th', { scope: 'col' }, title),
  );
  const refresh = async (): Promise<void> => {
    const [episodes, policy] = await Promise.all([api.listEpisodes(series), api.policyOf(series)]);
    rows.replaceChildren(...episodes.map((episode) => episodeRow(api, episode, policy, () => void refresh())));
  };
  refresh().catch((error: unknown) => setText(problem, error instanceof Error ? error.message : String(error)));
  const watch = element('a', { href: `/?series=${encodeURIComponent(series.slug)}` }, 'Open in the player');
  return element(
    'section',
    {},
    element('header', {}, element('h2', {}, series.title), watch),
    problem,
    element('div', { class: 'scroll' }, element('table', {}, element('thead', {}, element('tr', {}, ...head)), rows)),
  );
}
