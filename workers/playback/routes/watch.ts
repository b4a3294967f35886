import type { Context } from 'hono';
import { ChunkSplitter } from '#core/mp4/split-chunks.ts';
import { firstVariant, isSound } from '#core/playlist/first-variant.ts';
import { hasSeparateSound } from '#core/playlist/separate-sound.ts';
import { DEFAULT_TOKEN_TTL_SECONDS } from '#core/token/limits.ts';
import { isImported, isInMask, multivariantName } from '#core/token/media-pass.ts';
import { validateViewerClaims, VIEWER_TOKEN_AUDIENCE, type ViewerClaims } from '#core/token/viewer-token.ts';
import { randomBytes, toBase64url, utf8 } from '#shared/encoding.ts';
import { problemResponse } from '#shared/http/problem.ts';
import { bearerToken } from '#shared/http/viewer-auth.ts';
import { log, reasonOf } from '#shared/log.ts';
import { loadPlaylist } from '../canonical-playlists.ts';
import { WATCH_SEGMENTS } from '../limits.ts';
import { localiseTitle, wantedLanguages } from '../localised-title.ts';
import type { MediaPlace } from '../media-object.ts';
import { mintForImages, type MintedPass } from '../mint.ts';
import { openEpisode, type OpenedEpisode } from '../open-episode.ts';
import type { PassedVersion } from '../playlists.ts';
import { segmentSigner } from '../segment-signer.ts';
import { cancelParts, openStart, type OpenedPart } from '../start-bundle.ts';
import { parseMediaUri } from '../variant-uri.ts';
import { escapeHtml, fill, loadWatchPage, inBase64, scriptLiteral, type PageValues } from '../watch-page.ts';

type WatchContext = Context<{ Bindings: PlaybackEnv }>;

/** `GET /watch/{episode}?token=`: a page that plays before a player is loaded, for links that people share. */
export async function handleWatch(c: WatchContext): Promise<Response> {
  const opened = await openEpisode(c.env, c.req.raw, c.req.param('episode') ?? '', guestOf(c));
  if (!opened.ok) return problemResponse(opened.error, PRIVATE);
  const place = { request: c.req.raw, env: c.env, ctx: c.executionCtx as ExecutionContext };
  const nonce = toBase64url(randomBytes(16));
  const headers = {
    ...PRIVATE,
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Security-Policy': policyOf(c.env, nonce),
  };
  if (c.req.method === 'HEAD') return new Response(null, { headers });
  const [page, images, start] = await Promise.all([
    loadWatchPage(c.env.SITE, new URL(c.req.url).origin),
    mintForImages(opened.value.minter, opened.value.episode),
    opened.value.minted && planStart(c.env, opened.value.episode, opened.value.minted),
  ]);
  const values = { ...valuesOf(c, opened.value, images, start), nonce };
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const write = writePage(
    place,
    page.map((part) => fill(part, values)),
    start,
    nonce,
    writable,
  );
  place.ctx.waitUntil(write.catch((thrown: unknown) => log('warn', 'watch_page_cut', { reason: reasonOf(thrown) })));
  return new Response(readable, { headers });
}

/** One viewer's page under one viewer's pass, with a token in its address. */
const PRIVATE = {
  'Cache-Control': 'private, no-store',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

function policyOf(env: PlaybackEnv, nonce: string): string {
  const media = `'self'${env.CDN_ORIGIN === '' ? '' : ` ${env.CDN_ORIGIN}`}`;
  return `default-src 'none'; script-src 'self' 'nonce-${nonce}'; style-src 'nonce-${nonce}'; img-src 'self' data:; media-src ${media} blob:; connect-src ${media}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
}

/** Where guests are let in (DEMO), a link without a token opens as one, who has nothing and is nobody afterwards. */
function guestOf(c: WatchContext): ViewerClaims | null {
  if (c.env.DEMO !== '1' || new URL(c.req.url).searchParams.has('token') || bearerToken(c.req.raw) !== null)
    return null;
  const iat = Math.floor(Date.now() / 1_000);
  const [sub, jti] = [`guest-${toBase64url(randomBytes(12))}`, toBase64url(randomBytes(15))];
  const exp = iat + DEFAULT_TOKEN_TTL_SECONDS;
  const claims = validateViewerClaims({ sub, jti, aud: VIEWER_TOKEN_AUDIENCE, iat, exp }, iat);
  return claims.ok ? claims.value : null;
}

interface StartPlan {
  readonly at: PassedVersion;
  readonly rendition: number;
  readonly tracks: readonly { readonly name: 'audiovideo' | 'audio' | 'video'; readonly type: string }[];
}

/** null where the player has to begin: what is encrypted, from elsewhere or of another encoder is not put into the page. */
async function planStart(
  env: PlaybackEnv,
  episode: OpenedEpisode['episode'],
  { pass }: MintedPass,
): Promise<StartPlan | null> {
  if (episode.contentKey !== null || isImported(episode.version) || segmentSigner(env, 0) !== null) return null;
  const at = { assetId: episode.assetId, version: episode.version, pass };
  const lines = await loadPlaylist(env.MEDIA, { ...at, object: { kind: 'multivariant', revision: episode.revision } });
  const covers = (uri: string): boolean => isInMask(pass, 2 ** (parseMediaUri(uri) ?? -1));
  const first = lines && firstVariant(lines, covers);
  if (lines === null || first === null) return null;
  const type = (kind: string, codecs: readonly string[]): string => `${kind}/mp4; codecs="${codecs.join(',')}"`;
  const { uri, codecs } = first;
  return {
    at,
    rendition: parseMediaUri(uri) ?? 0,
    tracks: hasSeparateSound(lines)
      ? [
          { name: 'audio', type: type('audio', codecs.filter(isSound)) },
          {
            name: 'video',
            type: type(
              'video',
              codecs.filter((codec) => !isSound(codec)),
            ),
          },
        ]
      : [{ name: 'audiovideo', type: type('video', codecs) }],
  };
}

function valuesOf(
  c: WatchContext,
  { episode, minted }: OpenedEpisode,
  images: MintedPass,
  start: StartPlan | null,
): PageValues {
  const { origin } = new URL(c.req.url);
  const { title, language } = localiseTitle(episode, wantedLanguages(c.req.raw));
  const poster = `${images.pathPrefix}/poster.jpg`;
  const url = minted && `${minted.pathPrefix}/${multivariantName(episode.revision)}`;
  const info = { url: url ?? '', tracks: start?.tracks ?? [], poster, script: '/watch-player.js' };
  return {
    ...{ title, poster, series: episode.seriesSlug, language: language ?? 'und' },
    ...{ pageUrl: `${origin}/watch/${episode.id}`, imageUrl: origin + poster },
    info: scriptLiteral(url === null ? null : info),
    plain: { markup: url === null ? '' : `<video controls playsinline src="${url}" poster="${poster}"></video>` },
    note: { markup: url === null ? `<p>${escapeHtml('This episode is locked.')}</p>` : '' },
  };
}

/** The head goes out before any media was read; then each piece as it comes. */
async function writePage(
  place: MediaPlace,
  [head = '', tail = '']: readonly string[],
  start: StartPlan | null,
  nonce: string,
  writable: WritableStream<Uint8Array>,
): Promise<void> {
  const writer = writable.getWriter();
  const segmentCount = Math.min(WATCH_SEGMENTS, start?.at.pass.segmentCount ?? 0);
  const order = { rendition: start?.rendition ?? 0, segmentCount, revision: null, isHead: false };
  const opening = start && openStart(place, start.at, order).catch(() => null);
  await writer.write(utf8(head));
  const parts = (await opening) ?? [];
  try {
    for (const part of parts) await writePart(writer, part, start, nonce);
  } catch (thrown) {
    await cancelParts(parts);
    // What is missing the player asks for again.
    log('warn', 'watch_page_cut', { reason: reasonOf(thrown) });
  }
  await writer.write(utf8(tail));
  await writer.close();
}

async function writePart(
  writer: WritableStreamDefaultWriter<Uint8Array>,
  { path, body }: OpenedPart,
  start: StartPlan | null,
  nonce: string,
): Promise<void> {
  const track = start?.tracks.length === 2 && path.startsWith('v') ? 1 : 0;
  const push = (data: string): Promise<void> =>
    writer.write(utf8(`<script nonce="${nonce}">p(${track},"${path}"${data})</script>\n`));
  const chunks = body instanceof ReadableStream ? (body as ReadableStream<Uint8Array<ArrayBuffer>>) : [body ?? EMPTY];
  // A script a fragment: less of one shows nothing, and browsers may wait for a frame of the page after each script.
  const fragments = new ChunkSplitter();
  for await (const chunk of chunks)
    for (const fragment of fragments.push(chunk)) await push(`,"${inBase64(fragment)}"`);
  const rest = fragments.end();
  if (rest !== null) await push(`,"${inBase64(rest)}"`);
  await push('');
}

const EMPTY = new Uint8Array();
