/**
 * A small edge for the player's tests: the wire shapes of core/catalog/feed-wire.ts over HTTP, and the switches a test
 * needs (expire the passes, fail the segments, slow everything down).
 */
import { readdir, readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { extname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type {
  CoinOfferWire,
  FeedItemWire,
  FeedWire,
  OfferWire,
  PlaybackWire,
  UnlockWire,
  WalletWire,
} from '../../../core/catalog/feed-wire.ts';
import { boxesIn } from '../../../core/mp4/boxes.ts';
import type { BeaconContextWire } from '../../../core/qoe/beacon-context.ts';
import type { EventsWire, ViewEventWire } from '../../../core/qoe/beacon-wire.ts';
import { encodeStartHeader } from '../../../core/start/header.ts';
import {
  CAPTION_FILE,
  CAPTION_PLAYLIST,
  CAPTIONS,
  encrypted,
  headSize,
  initsOf,
  KEY,
  mediaPlaylist,
  segmentStart,
  transportStream,
} from './edge-media.ts';

export interface EdgeDoubleOptions {
  readonly media: string;
  readonly site: string;
  readonly episodes: number;
  readonly seconds: number;
  readonly freeEpisodes: number;
  readonly previewSeconds: number;
  /** Locked without a preview. */
  readonly lockedEpisodes?: readonly number[];
  readonly coins: number;
  readonly price: number;
  readonly isDemo: boolean;
  readonly port?: number;
}

const CSP = "default-src 'self'; media-src 'self' blob:; img-src 'self' data:; object-src 'none'; base-uri 'none'";
const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.jpg': 'image/jpeg',
  '.mp4': 'video/mp4',
  '.m4s': 'video/iso.segment',
  '.m3u8': 'application/vnd.apple.mpegurl',
  '.map': 'application/json',
};
const TITLES = [
  'The Contract',
  'What She Heard',
  'A Door Left Open',
  'The Other Name',
  'Midnight on Pier Nine',
  'His Mother Knows',
  'Three Missed Calls',
  'The Ring Box',
  'Not Your Wife',
  'The Last Train',
  'Glass Houses',
  'Say It Again',
];

export class EdgeDouble {
  readonly views = new Map<string, ViewEventWire>();
  /** Of each beacon. */
  readonly contexts: BeaconContextWire[] = [];
  readonly requests: string[] = [];
  /** Path and Range of those that ask for a part. */
  readonly ranges: string[] = [];
  latencyMs = 0;
  segmentsFail = false;
  /** What the player fetches when it needs it does not come: its scripts that no page names. */
  partsFail = false;
  feedFails = false;
  feedDelayMs = 0;
  /** Segments are under AES-128; the key is beside them. */
  isEncrypted = false;
  /** HLS of another encoder; there is no start-up bundle of it. */
  isTransportStream = false;
  /** How long passes live. */
  passSeconds = 900;
  /** What the viewer's rule says to an unlock that nobody was asked for. */
  autoUnlockAllowed = false;
  /** The viewer's rule; null: this edge has no such thing. */
  autoUnlockRule: { enabled: boolean; dailyCapCoins: number } | null = null;
  /** Beside the one for coins. */
  moreOffers: OfferWire[] = [];
  /** Whether the answer to an order brings the episode that it is asked for. */
  bringsItem = true;
  /** Bodies of `POST /v1/me/unlocks`. */
  readonly orders: { readonly [member: string]: unknown }[] = [];
  /** Where the viewer stopped the last time. */
  resume: { readonly episodeId: string; readonly positionSeconds: number } | null = null;
  /** Why nothing follows the last episode. */
  end: NonNullable<FeedWire['end']> = { reason: 'end-of-series', choices: [] };
  /** The last episode before the story forks; the rest follows by choice only. */
  forksAfter: number | null = null;
  thumbhash: string | null = null;
  hasCaptions = false;
  readonly autoUnlocks: string[] = [];
  /** How start-up bundles are answered; `absent`: the feed names none. */
  start: 'absent' | 'whole' | 'refused' | 'hanging' | 'cut' | 'held' = 'absent';
  /** Whether a part of a segment can be asked for. */
  knowsRanges = true;
  /** Bundles of earlier episodes are not held. */
  heldFrom = 1;
  /** Lets bundles that are held after their first chunk go on. */
  releaseStarts: () => void = () => undefined;
  #released: Promise<void> = new Promise((resolve) => {
    this.releaseStarts = resolve;
  });
  /** Requests for segments and bundles that are refused for their rate, before they are answered again. */
  rateLimited = 0;
  /** Set, streams are counted, and the player is asked for a heartbeat so often. */
  heartbeatSeconds: number | null = null;
  /** Another stream of the viewer has the only place. */
  isFull = false;
  readonly #options: EdgeDoubleOptions;
  readonly #server: Server;
  readonly #unlocked = new Set<number>();
  readonly #idempotent = new Map<string, { status: number; body: object }>();
  #coins: number;
  #passes = 1;
  #oldestPass = 1;

  constructor(options: EdgeDoubleOptions) {
    this.#options = options;
    this.#coins = options.coins;
    this.#server = createServer((request, response) => {
      this.#handle(request, response).catch((error: unknown) => {
        response.writeHead(500).end(String(error));
      });
    });
  }

  get origin(): string {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? `http://127.0.0.1:${address.port}` : '';
  }

  get coins(): number {
    return this.#coins;
  }

  listen(): Promise<void> {
    return new Promise((resolve) => this.#server.listen(this.#options.port ?? 0, '127.0.0.1', resolve));
  }

  close(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  /** As an ad or a pass would. */
  open(number: number): void {
    this.#unlocked.add(number);
  }

  expirePasses(): void {
    this.#passes += 1;
    this.#oldestPass = this.#passes;
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.origin);
    this.requests.push(`${request.method} ${url.pathname}${url.search}`);
    if (request.headers.range !== undefined) this.ranges.push(`${url.pathname} ${request.headers.range}`);
    if (this.latencyMs > 0) await wait(this.latencyMs);
    if (url.pathname.startsWith('/m/') && /\.m4s$|\/start$/.test(url.pathname) && this.rateLimited-- > 0) {
      response.setHeader('retry-after', '1');
      return send(response, 429, problem(429, 'rate-limited', 'Slow down.').body);
    }
    if (url.pathname.endsWith('/start')) return await this.#startUp(url, response);
    if (url.pathname.startsWith('/m/')) return await this.#media(url.pathname, request.headers.range, response);
    if (!url.pathname.startsWith('/v1/')) return await this.#page(url.pathname, response);
    if (url.pathname === '/v1/feed') {
      await wait(this.feedDelayMs);
      if (this.feedFails) return void response.destroy();
    }
    const body = await readBody(request);
    const answer = this.#api(request, url, body);
    const item = this.bringsItem && answer.status < 300 ? url.searchParams.get('item') : null;
    const more = item === null ? {} : { item: this.#item(Number(item.slice(2))) };
    send(response, answer.status, { ...answer.body, ...more });
  }

  #api(request: IncomingMessage, url: URL, body: string): { status: number; body: object } {
    const { isDemo } = this.#options;
    const route = `${request.method} ${url.pathname}`;
    if (route === 'POST /v1/demo/session' && isDemo) {
      return {
        status: 200,
        body: { viewerId: 'guest', token: 'viewer-token', expiresAt: soon(), series: 'harbour-lights' },
      };
    }
    if (route === 'POST /v1/events') {
      const { events, context } = JSON.parse(body) as EventsWire;
      this.contexts.push(context ?? {});
      for (const event of events)
        if ((this.views.get(event.viewId)?.seq ?? 0) < event.seq) this.views.set(event.viewId, event);
      return { status: 202, body: {} };
    }
    if (!isDemo && url.pathname.startsWith('/v1/demo/')) return problem(404, 'not-found', 'No such resource.');
    if (request.headers.authorization !== 'Bearer viewer-token')
      return problem(401, 'token-invalid', 'No valid viewer token.');
    if (route === 'DELETE /v1/me/session') return { status: 204, body: {} };
    if (this.isFull && (route === 'GET /v1/feed' || route === 'POST /v1/me/heartbeat'))
      return problem(409, 'concurrency-limit', 'Full.', { limit: 1, sessions: [{ startedAt: soon() }] });
    if (route === 'POST /v1/me/heartbeat')
      return { status: 200, body: { expiresAt: soon(), nextHeartbeatSeconds: this.heartbeatSeconds } };
    if (route === 'GET /v1/feed') return this.#feed(url.searchParams);
    if (route === 'GET /v1/me/wallet') return { status: 200, body: this.#wallet() };
    if (url.pathname === '/v1/me/auto-unlock' && this.autoUnlockRule !== null) {
      if (request.method === 'PUT') this.autoUnlockRule = JSON.parse(body) as typeof this.autoUnlockRule;
      return {
        status: 200,
        body: { ...this.autoUnlockRule, spentTodayCoins: 0, leftTodayCoins: 100, resetsAt: soon() },
      };
    }
    const key = String(request.headers['idempotency-key'] ?? '');
    const known = this.#idempotent.get(key);
    if (known !== undefined) return known;
    let answer = problem(404, 'not-found', 'No such resource.');
    if (route === 'POST /v1/me/unlocks') {
      const order = JSON.parse(body) as {
        episodeId: string;
        auto?: boolean;
        method: string;
        bundle?: { from: string };
      };
      this.orders.push({ ...order });
      const { auto, bundle } = order;
      const episodeId = bundle?.from ?? order.episodeId;
      if (order.method === 'wait') {
        this.moreOffers = this.moreOffers.map((offer) =>
          offer.method === 'wait' ? { ...offer, readyAt: soon() } : offer,
        );
        return { status: 202, body: { method: 'wait', id: 'w', episodeId, startedAt: soon(), readyAt: soon() } };
      }
      if (auto === true) this.autoUnlocks.push(episodeId);
      const isRefused = auto === true && !this.autoUnlockAllowed;
      answer = isRefused ? problem(409, 'auto-unlock-off', 'Ask the viewer.') : this.#unlock(episodeId);
    }
    if (route === 'POST /v1/demo/coins' && isDemo) {
      this.#coins += 50;
      answer = { status: 200, body: this.#wallet() };
    }
    if (answer.status < 400) this.#idempotent.set(key, answer);
    return answer;
  }

  #feed(query: URLSearchParams): { status: number; body: object } {
    if (query.get('series') !== 'harbour-lights') return problem(404, 'series-not-found', 'No such series.');
    const { episodes } = this.#options;
    const number = (id: string | null): number => Number(id?.slice(2) ?? 0);
    const resume = query.get('resume') === '1' && !query.has('at') && !query.has('after') ? this.resume : null;
    const first = query.has('at')
      ? number(query.get('at'))
      : resume !== null
        ? number(resume.episodeId)
        : number(query.get('after')) + 1;
    const fork = this.forksAfter !== null && first <= this.forksAfter ? this.forksAfter : episodes;
    const last = Math.min(fork, first + Number(query.get('limit') ?? 10) - 1);
    const items = Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => this.#item(first + index));
    const feed: FeedWire = {
      series: { id: 'series-1', slug: 'harbour-lights', title: 'Harbour Lights', episodeCount: episodes },
      items,
      nextCursor: last < fork ? `ep${last}` : null,
      heartbeatSeconds: this.heartbeatSeconds,
      end: last < fork ? null : fork < episodes ? this.end : { reason: 'end-of-series', choices: [] },
      ...(query.get('resume') === '1' && { resume }),
    };
    return { status: 200, body: feed };
  }

  #item(number: number): FeedItemWire {
    const { freeEpisodes, seconds, previewSeconds, lockedEpisodes = [] } = this.#options;
    const isFull = number <= freeEpisodes || this.#unlocked.has(number);
    const access = isFull ? 'full' : lockedEpisodes.includes(number) ? 'locked' : 'preview';
    const basis = number <= freeEpisodes ? 'free' : isFull ? 'unlock' : access === 'preview' ? 'preview' : 'price';
    return {
      episode: {
        id: `ep${number}`,
        seriesId: 'series-1',
        number,
        title: TITLES[(number - 1) % TITLES.length] ?? '',
        durationSeconds: seconds,
        ...(this.thumbhash !== null && { thumbhash: this.thumbhash }),
      },
      decision: {
        access,
        basis,
        until: null,
        previewSeconds: access === 'preview' ? previewSeconds : null,
        offers: isFull ? [] : [this.#offer(), ...this.moreOffers],
      },
      playback: access === 'locked' ? null : this.#playback(number, isFull ? seconds : previewSeconds),
      posterUrl: `/m/images.${this.#passes}/ep${number}/1/poster.jpg`,
    };
  }

  #playback(number: number, playableSeconds: number): PlaybackWire {
    const folder = join(this.#options.media, String(number));
    const root = `${this.origin}/m/${playableSeconds}.${this.#passes}/ep${number}/1`;
    const variant = (name: string, size: string, bps: number): string =>
      `#EXT-X-STREAM-INF:BANDWIDTH=${bps},RESOLUTION=${size},CODECS="avc1.4d401f,mp4a.40.2",FRAME-RATE=24.000${this.hasCaptions ? ',SUBTITLES="text"' : ''}\n${name}/media.m3u8\n`;
    const playlists = {
      [`${root}/multivariant.m3u8`]: `#EXTM3U\n#EXT-X-VERSION:7\n${this.hasCaptions ? CAPTIONS : ''}${variant('v0', '540x960', 1_050_000)}${variant('v1', '360x640', 500_000)}`,
      [`${root}/v0/media.m3u8`]: mediaPlaylist(playableSeconds, this),
      [`${root}/v1/media.m3u8`]: mediaPlaylist(playableSeconds, this),
    };
    return {
      url: `${root}/multivariant.m3u8`,
      expiresAt: new Date(Date.now() + this.passSeconds * 1_000).toISOString(),
      playableSeconds,
      posterUrl: `${root}/poster.jpg`,
      playlists,
      ...(this.start === 'absent' ? {} : { startUrl: `${root}/{rendition}/start`, inits: initsOf(folder, root) }),
    };
  }

  #offer(): CoinOfferWire {
    const { price } = this.#options;
    return { method: 'coins', coins: price, balance: this.#coins, shortCoins: Math.max(0, price - this.#coins) };
  }

  #wallet(): WalletWire {
    return {
      coins: this.#coins,
      paid: 0,
      bonus: this.#coins,
      lots: [{ kind: 'bonus', remaining: this.#coins, expiresAt: null }],
      debtCoins: 0,
      mergedInto: null,
    };
  }

  #unlock(episodeId: string): { status: number; body: object } {
    const number = Number(episodeId.slice(2));
    const alreadyUnlocked = this.#unlocked.has(number);
    if (!alreadyUnlocked && this.#coins < this.#options.price) {
      return problem(402, 'insufficient-coins', 'Not enough coins.', { offers: [this.#offer()] });
    }
    if (!alreadyUnlocked) this.#coins -= this.#options.price;
    this.#unlocked.add(number);
    const coins = alreadyUnlocked ? 0 : this.#options.price;
    const unlock: UnlockWire = {
      id: `unlock-${number}`,
      episodeId,
      method: 'coins',
      coins,
      rental: null,
      createdAt: new Date().toISOString(),
      endedAt: null,
      alreadyUnlocked,
      wallet: this.#wallet(),
    };
    return { status: 201, body: unlock };
  }

  async #media(path: string, range: string | undefined, response: ServerResponse): Promise<void> {
    const [, , pass = '', asset = '', , ...rest] = path.split('/');
    const [scope = '', generation = ''] = pass.split('.');
    const file = rest.join('/');
    if (Number(generation) < this.#oldestPass) {
      const refused = problem(403, 'pass-expired', 'The media pass has expired.');
      return send(response, refused.status, refused.body);
    }
    const segment = /(\d+)\.(?:m4s|ts)$/.exec(file)?.[1];
    if (segment !== undefined && this.segmentsFail) return send(response, 500, {});
    if (segment !== undefined && segmentStart(Number(segment)) >= Number(scope)) {
      const refused = problem(403, 'beyond-preview', 'The pass ends before this segment.');
      return send(response, refused.status, refused.body);
    }
    if (/^t\d\/media\.m3u8$/.test(file)) return void response.end(CAPTION_PLAYLIST);
    if (/^t\d\/0\.vtt$/.test(file)) return void response.end(CAPTION_FILE);
    if (this.isEncrypted && file.endsWith('/key')) return void response.end(KEY);
    const stored = join(this.#options.media, asset.slice(2), file.replace(/\.ts$/, '.m4s'));
    if (file.endsWith('.ts')) return void response.end(await transportStream(stored));
    if (this.isEncrypted && segment !== undefined) return void response.end(encrypted(await readFile(stored)));
    const from = Number(/^bytes=(\d+)-$/.exec(this.knowsRanges ? (range ?? '') : '')?.[1] ?? 0);
    if (from === 0) return await sendFile(response, stored, {});
    const bytes = await readFile(stored);
    response.writeHead(206, { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` });
    response.end(bytes.subarray(from));
  }

  async #startUp({ pathname, searchParams }: URL, response: ServerResponse): Promise<void> {
    const [, , , asset = '', , rendition = ''] = pathname.split('/');
    if (this.start === 'refused') return send(response, 503, problem(503, 'unavailable', 'Not now.').body);
    if (this.start === 'hanging') return;
    const names = [`${rendition}/init.mp4`, `${rendition}/0.m4s`];
    const parts = await Promise.all(names.map((name) => readFile(join(this.#options.media, asset.slice(2), name))));
    const [init = Buffer.alloc(0), clear = Buffer.alloc(0)] = parts;
    const whole = this.isEncrypted ? encrypted(clear) : clear;
    const firstChunk = boxesIn(whole).find(({ type }) => type === 'mdat')?.end ?? 0;
    const headBytes = searchParams.get('head') === '1' ? headSize(whole) : whole.length;
    const isHead = headBytes < whole.length;
    const segment = whole.subarray(0, headBytes);
    const [initName = '', segmentName = ''] = names;
    const header = encodeStartHeader([
      { path: initName, sizeBytes: init.byteLength },
      { path: segmentName, sizeBytes: segment.byteLength, ...(isHead ? { ofBytes: whole.byteLength } : {}) },
    ]);
    response.writeHead(200, { 'content-type': 'application/vnd.cliffhanger.start' });
    const isHeld = this.start === 'held' && Number(asset.slice(2)) >= this.heldFrom;
    if (this.start !== 'cut' && !isHeld) return void response.end(Buffer.concat([header, init, segment]));
    // The first chunk, and a part of the second.
    response.write(Buffer.concat([header, init, segment.subarray(0, firstChunk + 3_000)]));
    if (this.start === 'cut') return void setTimeout(() => response.destroy(), 50);
    await this.#released;
    response.end(segment.subarray(firstChunk + 3_000));
  }

  async #page(path: string, response: ServerResponse): Promise<void> {
    const file = path === '/' ? 'index.html' : path.slice(1);
    if (this.partsFail && (await lateParts(this.#options.site)).has(file)) return void response.destroy();
    await sendFile(response, join(this.#options.site, file), { 'content-security-policy': CSP });
  }
}

/** Files that the scripts of a site import when they need them. */
async function lateParts(site: string): Promise<Set<string>> {
  const scripts = (await readdir(site)).filter((file) => file.endsWith('.js'));
  const texts = await Promise.all(scripts.map((file) => readFile(join(site, file), 'utf8')));
  return new Set(texts.flatMap((text) => [...text.matchAll(/import\("\.\/([^"]+)"\)/g)].map(([, file = '']) => file)));
}

function soon(): string {
  return new Date(Date.now() + 900_000).toISOString();
}

function problem(status: number, code: string, title: string, more: object = {}): { status: number; body: object } {
  return { status, body: { type: `/errors/${code}`, title, status, code, ...more } };
}

function send(response: ServerResponse, status: number, body: object): void {
  const type = status >= 400 ? 'application/problem+json' : 'application/json';
  response.writeHead(status, { 'content-type': type }).end(JSON.stringify(body));
}

async function sendFile(response: ServerResponse, file: string, headers: Record<string, string>): Promise<void> {
  const bytes = await readFile(file).catch(() => null);
  if (bytes === null) return send(response, 404, {});
  response
    .writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream', ...headers })
    .end(bytes);
}

async function readBody(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const piece of request) body += String(piece);
  return body;
}
