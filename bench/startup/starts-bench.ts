/** The grid of starts and the deep links, and what they come to. */
import { saveResults } from '../report.ts';
import { openBrowser, ORIGIN } from './browser.ts';
import { CANDIDATES } from './candidates.ts';
import type { Clip } from './clip.ts';
import { measureDeepLinks } from './deep-link.ts';
import {
  linkTargets,
  printStarts,
  printTargets,
  rowsOf,
  type StartRow,
  startRows,
  startTargets,
  type Target,
} from './grid-report.ts';
import { measureStarts, openPages, type StartsOrder } from './grid.ts';
import { NETWORKS } from './networks.ts';
import type { Options } from './options.ts';
import { machineLoad } from './priority.ts';
import { seeded } from './random.ts';
import { type Setup, setUp } from './setup.ts';

type Say = (line: string) => void;

export async function benchStarts(options: Options, say: Say): Promise<void> {
  const networks = options.networks ?? NETWORKS;
  const heights = [...new Set(networks.map(({ renditionHeight }) => renditionHeight))];
  const series = heights.map((height) => ({ slug: `only-${height}`, height, episodes: 1 }));
  const setup = await setUp({ clients: 1, series, tokens: networks.length * (options.runs + 2) }, say);
  const loadBefore = machineLoad();
  try {
    const { starts, links } = await measure(setup, options, say);
    const targets: Target[] = [];
    for (const { name } of networks) {
      const [warm, cold] = [starts, links].map((rows) => rows.filter((row) => row.network === name));
      printStarts(`${name}: call to first frame, warm`, warm ?? []);
      printStarts(`${name}: link to first frame, cold`, cold ?? []);
      targets.push(...startTargets(warm ?? []), ...linkTargets(cold ?? []));
    }
    printTargets(targets);
    const { rig, linkHolds, clip } = setup;
    if (options.only !== null || options.isLinksOnly) return;
    saveResults('startup', {
      ...{ at: new Date().toISOString(), node: process.version, link: rig.note, linkHolds, runs: options.runs },
      ...{ loadBefore, loadAfter: machineLoad(), renditions: clip.result.renditions, starts, links, targets },
    });
  } finally {
    await setup.stop();
  }
}

async function measure(setup: Setup, options: Options, say: Say): Promise<{ starts: StartRow[]; links: StartRow[] }> {
  const { rig, origin, folder, clip } = setup;
  const [link] = rig.links;
  if (link === undefined) throw new Error('There is no link.');
  const random = seeded(options.seed);
  const tokens = origin.tokens.values();
  const nextToken = (): string => tokens.next().value ?? '';
  const [starts, links]: [StartRow[], StartRow[]] = [[], []];
  const browser = await openBrowser(link, origin.port, folder);
  try {
    const networks = options.networks ?? NETWORKS;
    const [first] = networks;
    if (first === undefined) return { starts, links };
    const { only, hasTimeline, isLinksOnly } = options;
    const isWanted = (name: string): boolean => only?.some((word) => name.includes(word)) ?? true;
    const candidates = isLinksOnly ? [] : CANDIDATES.filter(({ name }) => isWanted(name));
    const pages = await openPages({ browser, link, network: first, candidates, hasTimeline });
    for (const network of networks) {
      const rendition = renditionOf(clip, network.renditionHeight);
      const published = origin.series.find(({ slug }) => slug === `only-${network.renditionHeight}`);
      const episodeId = published?.episodeIds[0] ?? '';
      const common = {
        browser,
        link,
        network,
        runs: options.runs,
        candidates,
        random,
        rendition,
        nextToken,
        say,
        hasTimeline,
      };
      const order: StartsOrder = { ...common, series: published?.slug ?? '' };
      if (!isLinksOnly)
        starts.push(...startRows(await measureStarts(pages, order, network === first), network, clip, rendition));
      if (only !== null) continue;
      const oursPath = await linkPath(episodeId, order);
      links.push(...rowsOf(await measureDeepLinks({ ...order, oursPath }), network, () => null));
    }
    return { starts, links };
  } finally {
    await browser.close();
  }
}

function renditionOf({ result }: Clip, height: number): string {
  return result.renditions.find((rendition) => rendition.height === height)?.name ?? 'v0';
}

/** Our own page for an episode. */
async function linkPath(episodeId: string, order: StartsOrder): Promise<string> {
  const page = await order.browser.newPage();
  try {
    const watch = `/watch/${episodeId}`;
    const answer = await page.goto(ORIGIN + watch, { waitUntil: 'commit' });
    if (answer?.ok() === true) return watch;
    order.say(`${watch} answers ${answer?.status() ?? 'nothing'}: the deep link is the demo page instead`);
    return `/?series=${order.series}#token=${order.nextToken()}`;
  } finally {
    await page.close();
  }
}
