/** A hundred swipes at the pace of people, beside what others would do with the same thumb. */
import { statSync } from 'node:fs';
import path from 'node:path';
import { saveResults } from '../report.ts';
import { openBrowser } from './browser.ts';
import { sourceOf } from './candidates.ts';
import type { Clip } from './clip.ts';
import { printTargets, type Target } from './grid-report.ts';
import type { Link } from './link/link.ts';
import { type MemorySample, sampleMemory } from './memory.ts';
import { type Network, NETWORKS } from './networks.ts';
import type { Options } from './options.ts';
import type { SessionSource } from './page/protocol.ts';
import { type PixelCheck, watchScreen } from './pixels.ts';
import { machineLoad } from './priority.ts';
import { seeded } from './random.ts';
import {
  HIDDEN_MP4,
  memoryTargets,
  OUR_RUNG_SESSION,
  OUR_SESSION,
  pixelTarget,
  printSessions,
  type SessionRow,
  sessionRow,
  sessionTargets,
} from './session-report.ts';
import { runSession } from './session-run.ts';
import { type Setup, setUp } from './setup.ts';
import { dwellSeconds } from './thumb.ts';

type Say = (line: string) => void;

const SLUG = 'session';
/** The same with the whole ladder. */
const LADDER_SLUG = 'session-ladder';
/** Both lines carry it, so both see the same film. */
const HEIGHT = 1_280;
/** As many as ours: what a hidden MP4 needs is either 50 or 80 ms, and a median of twenty is now the one, now the other. */
const REFERENCE_SWIPES = 100;
const REFERENCE_DWELL_SECONDS = 1;
/** Memory has no use for people's patience. */
const QUICK_DWELL_SECONDS = 0.25;
const MEMORY_SAMPLES = 12;
const PIXEL_SWIPES = 20;
const PIXEL_DWELL_SECONDS = 0.6;

export async function benchSession(options: Options, say: Say): Promise<void> {
  const networks = options.networks ?? NETWORKS.slice(0, 2);
  const clients = options.isSerial ? 1 : networks.length;
  const series = [
    { slug: SLUG, height: HEIGHT, episodes: options.swipes + 2 },
    { slug: LADDER_SLUG, height: null, episodes: options.peerSwipes + 2 },
  ];
  const setup = await setUp({ clients, series, tokens: networks.length + 2 }, say);
  const loadBefore = machineLoad();
  try {
    const rows = await measureNetworks(setup, networks, options, say);
    printSessions(rows);
    const [network = NETWORKS[0]] = networks;
    if (network === undefined) return;
    const isWatched = isAsked(options, 'memory');
    const { memory, pixels } = isWatched
      ? await measureLeftovers(setup, network, options, say)
      : { memory: [], pixels: null };
    const targets: Target[] = [
      ...sessionTargets(rows),
      ...(memory.length > 0 ? memoryTargets(network.name, memory) : []),
      ...(pixels === null ? [] : [pixelTarget(network.name, pixels)]),
    ];
    printTargets(targets);
    if (options.only !== null) return;
    const { rig, linkHolds } = setup;
    saveResults('session', {
      ...{ at: new Date().toISOString(), node: process.version, link: rig.note, linkHolds },
      ...{ together: !options.isSerial, loadBefore, loadAfter: machineLoad(), rows, memory, pixels, targets },
    });
  } finally {
    await setup.stop();
  }
}

/** Each on a line of its own, at the same time unless told otherwise: a session is mostly waiting. */
async function measureNetworks(
  setup: Setup,
  networks: readonly Network[],
  options: Options,
  say: Say,
): Promise<SessionRow[]> {
  const rows: SessionRow[][] = [];
  const measure = async (network: Network, n: number): Promise<void> => {
    const link = setup.rig.links[options.isSerial ? 0 : n];
    if (link !== undefined) rows[n] = await measureNetwork(setup, link, network, { options, token: n, say });
  };
  if (options.isSerial) for (const [n, network] of networks.entries()) await measure(network, n);
  else await Promise.all(networks.map(measure));
  return rows.flat();
}

function isAsked({ only }: Options, name: string): boolean {
  return only?.some((word) => name.startsWith(word)) ?? true;
}

interface Turn {
  readonly options: Options;
  readonly token: number;
  readonly say: Say;
}

async function measureNetwork(
  setup: Setup,
  link: Link,
  network: Network,
  { options, token, say }: Turn,
): Promise<SessionRow[]> {
  const { clip, origin, folder } = setup;
  link.shape(network);
  const human = (): (() => number) => {
    const random = seeded(options.seed);
    return () => dwellSeconds(random);
  };
  const { rendition } = filmOf(clip, HEIGHT);
  const bytesPerSecond = (heightPx: number): number => filmOf(clip, heightPx).bytesPerSecond;
  const urls = (file: string): SessionSource => ({
    ...source(setup, 0),
    urls: Array.from({ length: options.swipes + 2 }, () => sourceOf(file).url),
  });
  const sessions = [
    {
      name: HIDDEN_MP4,
      page: 'session-mp4.html?wait',
      source: urls(`head/${rendition}.mp4`),
      swipes: Math.min(REFERENCE_SWIPES, options.swipes),
      dwellSeconds: () => REFERENCE_DWELL_SECONDS,
    },
    {
      name: OUR_SESSION,
      page: 'session-ours.html',
      source: source(setup, token),
      swipes: options.swipes,
      dwellSeconds: human(),
    },
    {
      name: OUR_RUNG_SESSION,
      page: 'session-ours.html',
      source: { ...source(setup, token), series: LADDER_SLUG },
      swipes: options.peerSwipes,
      dwellSeconds: human(),
    },
    {
      name: 'hls.js, 2 s, as it comes',
      page: 'session-hls-js.html',
      source: urls(`hls2/${rendition}.m3u8`),
      swipes: options.peerSwipes,
      dwellSeconds: human(),
    },
    {
      name: 'MP4, next with preload=auto',
      page: 'session-mp4.html',
      source: urls(`mp4/${rendition}.mp4`),
      swipes: options.peerSwipes,
      dwellSeconds: human(),
    },
  ];
  const rows: SessionRow[] = [];
  for (const { name, ...session } of sessions.filter((each) => isAsked(options, each.name))) {
    const browser = await openBrowser(link, origin.port, folder);
    try {
      const seen = await runSession({ browser, link, ...session });
      rows.push(sessionRow(network.name, name, seen, bytesPerSecond));
      say(`${network.name}: ${name}, ${seen.swipes.length} swipes`);
    } finally {
      await browser.close();
    }
  }
  return rows;
}

/** Memory over many swipes, then the screen over some. */
async function measureLeftovers(
  setup: Setup,
  network: Network,
  options: Options,
  say: Say,
): Promise<{ memory: MemorySample[]; pixels: PixelCheck }> {
  const { origin, folder, rig } = setup;
  const [link] = rig.links;
  if (link === undefined) throw new Error('There is no link.');
  link.shape(network);
  const memory: MemorySample[] = [];
  const every = Math.max(1, Math.floor(options.memorySwipes / MEMORY_SAMPLES));
  const browser = await openBrowser(link, origin.port, folder);
  try {
    const common = { browser, link, page: 'session-ours.html' };
    await runSession({
      ...common,
      source: source(setup, origin.tokens.length - 2),
      swipes: options.memorySwipes,
      dwellSeconds: () => QUICK_DWELL_SECONDS,
      turnsAfter: options.swipes,
      onSwipe: async (page, done) => {
        if (done % every === 0) memory.push(await sampleMemory(browser, page, done));
      },
    });
    say(`memory: ${options.memorySwipes} swipes`);
    const watching = { screen: null as Awaited<ReturnType<typeof watchScreen>> | null };
    let pixels: PixelCheck = { frames: 0, blackFrames: 0, darkestLuma: 0 };
    const last = Math.min(PIXEL_SWIPES, options.swipes);
    await runSession({
      ...common,
      source: source(setup, origin.tokens.length - 1),
      swipes: last,
      dwellSeconds: () => PIXEL_DWELL_SECONDS,
      onSwipe: async (page, done) => {
        // From the second swipe on: the first start of all has nothing before it.
        if (done === 1) watching.screen = await watchScreen(browser, page);
        if (done === last && watching.screen !== null) pixels = await watching.screen.stop();
      },
    });
    say(`pixels: ${pixels.frames} frames`);
    return { memory, pixels };
  } finally {
    await browser.close();
  }
}

function source({ origin }: Setup, token: number): SessionSource {
  return { urls: [], series: SLUG, token: origin.tokens[token] ?? '' };
}

function filmOf({ folder, result }: Clip, heightPx: number): { rendition: string; bytesPerSecond: number } {
  const rendition = result.renditions.find(({ height }) => height === heightPx)?.name ?? 'v0';
  const { size } = statSync(path.join(folder, 'mp4', `${rendition}.mp4`));
  return { rendition, bytesPerSecond: size / result.durationSeconds };
}
