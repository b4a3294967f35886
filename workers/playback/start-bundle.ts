import { contentTypeOf } from '#core/foreign-hls/media-types.ts';
import { sampleCount } from '#core/mp4/sample-count.ts';
import { ChunkSplitter } from '#core/mp4/split-chunks.ts';
import { hasSeparateSound } from '#core/playlist/separate-sound.ts';
import { encodeStartHeader, type StartPart } from '#core/start/header.ts';
import { HEAD_FRAMES } from '#core/start/limits.ts';
import { multivariantName, storageKey, type MediaObject } from '#core/token/media-pass.ts';
import { utf8 } from '#shared/encoding.ts';
import { loadPlaylist } from './canonical-playlists.ts';
import { contentKeyOf } from './content-keys.ts';
import { loadInit } from './init-sections.ts';
import { openObject, type MediaPlace } from './media-object.ts';
import { mediaText, multivariantText, type PassedVersion } from './playlists.ts';

export interface StartOrder {
  readonly rendition: number;
  readonly segmentCount: number;
  /** Of the picture only the first fragments, up to HEAD_FRAMES. */
  readonly isHead: boolean;
  /** The revision of the Multivariant Playlist where playlists are wanted too; null where the feed has brought them. */
  readonly revision: number | null;
}

/** A part whose bytes are at hand, or come by a stream that nobody has read yet; none for HEAD. */
export interface OpenedPart extends StartPart {
  readonly body: Uint8Array<ArrayBuffer> | ReadableStream | null;
  readonly isHit: boolean;
}

/**
 * Opens all parts at once and reads no segment: their sizes make the header. Sound comes before the picture that it
 * belongs to, so that the picture's first chunk can be shown as it arrives. null when something of it is not stored.
 */
export async function openStart(
  place: MediaPlace,
  at: PassedVersion,
  order: StartOrder,
): Promise<readonly OpenedPart[] | null> {
  const { MEDIA } = place.env;
  const picture = openTrack(place, at, `v${order.rendition}`, order.segmentCount);
  const canonical = await loadPlaylist(MEDIA, { ...at, object: { kind: 'multivariant', revision: 0 } });
  const hasSound = canonical !== null && hasSeparateSound(canonical);
  const [texts, sound, seen] = await Promise.all([
    order.revision === null ? [] : openPlaylists(place, at, order.rendition, order.revision, hasSound),
    hasSound ? openTrack(place, at, 'a0', order.segmentCount) : [],
    picture,
  ]);
  const [, first = null] = seen;
  if (order.isHead && first !== null) seen[1] = await headOf(first);
  const media = seen.flatMap((part, index) => (hasSound ? [sound[index] ?? null, part] : [part]));
  const parts = [...texts, ...media].filter((part) => part !== null);
  if (canonical !== null && parts.length === texts.length + media.length) return parts;
  await cancelParts(parts);
  return null;
}

/**
 * A segment up to the end of the fragment that completes HEAD_FRAMES, read to there: it is fetched ahead, so nobody waits for
 * it. Whole where it has only one fragment, or none that can be told (encrypted).
 */
export async function headOf(part: OpenedPart): Promise<OpenedPart> {
  if (!(part.body instanceof ReadableStream)) return part;
  const splitter = new ChunkSplitter();
  const reader = (part.body as ReadableStream<Uint8Array<ArrayBuffer>>).getReader();
  const head: Uint8Array<ArrayBuffer>[] = [];
  let frames = 0;
  while (frames < HEAD_FRAMES) {
    const { value } = await reader.read();
    const chunks = value === undefined ? [splitter.end()].filter((rest) => rest !== null) : splitter.push(value);
    for (const chunk of chunks) {
      if (frames >= HEAD_FRAMES) break;
      head.push(chunk);
      frames += sampleCount(chunk) ?? HEAD_FRAMES;
    }
    if (value === undefined) break;
  }
  // What the cache keeps of it goes its own way.
  void reader.cancel();
  if (head.length === 0) return part;
  const body = new Uint8Array(await new Blob(head).arrayBuffer());
  const isCut = body.byteLength < part.sizeBytes;
  return { ...part, body, sizeBytes: body.byteLength, ...(isCut ? { ofBytes: part.sizeBytes } : {}) };
}

/** Init section, then segments. */
function openTrack(
  place: MediaPlace,
  at: PassedVersion,
  name: string,
  segmentCount: number,
): Promise<(OpenedPart | null)[]> {
  const files = Array.from({ length: segmentCount }, (_, number) => `${number}.m4s`);
  return Promise.all([
    loadInit(place.env.MEDIA, { ...at, object: objectAt(name, 'init.mp4') }).then((bytes) =>
      inMemory(`${name}/init.mp4`, bytes),
    ),
    ...files.map((file) => openSegment(place, at, name, file)),
  ]);
}

function objectAt(rendition: string, file: string): MediaObject {
  return { kind: 'track', rendition, file };
}

async function openSegment(
  place: MediaPlace,
  at: PassedVersion,
  name: string,
  file: string,
): Promise<OpenedPart | null> {
  const key = storageKey({ ...at, object: objectAt(name, file) });
  const method = place.request.method === 'HEAD' ? 'HEAD' : 'GET';
  const opened = await openObject(place, { method, key, at: null, contentType: contentTypeOf(key) });
  if (opened === null) return null;
  const { response, isHit } = opened;
  return {
    path: `${name}/${file}`,
    sizeBytes: Number(response.headers.get('Content-Length')),
    body: response.body,
    isHit,
  };
}

function openPlaylists(
  { env }: MediaPlace,
  at: PassedVersion,
  rendition: number,
  revision: number,
  hasSound: boolean,
): Promise<(OpenedPart | null)[]> {
  const delivery = { signer: null, contentKey: contentKeyOf(env.DB, at.version) };
  const text = (path: string, read: Promise<string | null>): Promise<OpenedPart | null> =>
    read.then((found) => inMemory(path, found === null ? null : utf8(found)));
  return Promise.all([
    text(multivariantName(revision), multivariantText(env.MEDIA, at, '', revision)),
    ...(hasSound
      ? [text('a0/media.m3u8', mediaText(env.MEDIA, at, { kind: 'track-playlist', rendition: 'a0' }, delivery))]
      : []),
    text(`v${rendition}/media.m3u8`, mediaText(env.MEDIA, at, { kind: 'media-playlist', rendition }, delivery)),
  ]);
}

function inMemory(path: string, body: Uint8Array<ArrayBuffer> | null): OpenedPart | null {
  return body && { path, sizeBytes: body.byteLength, body, isHit: true };
}

/** Nothing is held back: each part goes on as it is read, and what the reader does not take is not fetched. */
export function streamStart(parts: readonly OpenedPart[], ctx: ExecutionContext): ReadableStream {
  const header = encodeStartHeader(parts);
  const sizeBytes = parts.reduce((sum, part) => sum + part.sizeBytes, header.byteLength);
  const { readable, writable } = new FixedLengthStream(sizeBytes);
  ctx.waitUntil(writeParts(header, parts, writable).catch(() => cancelParts(parts)));
  return readable;
}

async function writeParts(
  header: Uint8Array,
  parts: readonly OpenedPart[],
  writable: WritableStream<Uint8Array>,
): Promise<void> {
  await write(writable, header);
  for (const { body } of parts) {
    if (body instanceof ReadableStream) await body.pipeTo(writable, { preventClose: true });
    else if (body !== null) await write(writable, body);
  }
  await writable.close();
}

async function write(writable: WritableStream<Uint8Array>, bytes: Uint8Array): Promise<void> {
  const writer = writable.getWriter();
  await writer.write(bytes);
  writer.releaseLock();
}

/** The reader has gone, or a part is missing: whatever was opened is let go. */
export async function cancelParts(parts: readonly OpenedPart[]): Promise<void> {
  const streams = parts.flatMap(({ body }) => (body instanceof ReadableStream && !body.locked ? [body.cancel()] : []));
  await Promise.allSettled(streams);
}
