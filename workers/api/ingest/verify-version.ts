import { checkHeads, HEAD_BYTES, INIT_BYTES, segmentsToCheck } from '#core/ingest/check-heads.ts';
import { checkListing, type Listing, type StoredObject } from '#core/ingest/check-listing.ts';
import { checkPlaylists, MULTIVARIANT, playlistsOf } from '#core/ingest/check-playlists.ts';
import type { RenditionReport, TranscodeFailure, TranscodeResult } from '#core/ingest/transcoder-protocol.ts';
import { err, ok, type Result } from '#core/result.ts';
import { MAX_PLAYLIST_BYTES, MAX_VERIFY_LISTS } from '../limits.ts';
import { inParallel } from './in-parallel.ts';
import { openSegmentHead } from './open-segment-head.ts';

/** Objects asked for at a time: a Worker waits for six connections at most. */
const PARALLEL_READS = 6;

/**
 * Trusts nothing that was reported. One list says of every object that it is there, with the size and the MD5 that the
 * bucket itself computed, so no media has to be read again; playlists and the heads of segments are read. Under AES-128
 * those take the key; cbcs leaves the boxes in the clear.
 */
export async function verifyVersion(
  media: R2Bucket,
  prefix: string,
  result: TranscodeResult,
  segmentKey: CryptoKey | null,
): Promise<Result<{ sizeBytes: number }, TranscodeFailure>> {
  const required = requiredPaths(result);
  const reported = new Set(result.objects.map(({ path }) => path));
  const missing = required.find((path) => !reported.has(path));
  if (missing !== undefined) return incomplete(`${missing} was not reported.`);
  const listing = await listVersion(media, prefix);
  const wrong =
    checkListing(listing, result) ??
    (await checkTexts(media, prefix, listing, result)) ??
    // Without the key of what is encrypted as a whole nothing is published; that is told elsewhere.
    (result.protection === 'aes-128' && segmentKey === null
      ? null
      : await checkRungs({ media, prefix, segmentKey }, result));
  if (wrong !== null) return incomplete(wrong);
  return ok({ sizeBytes: result.objects.reduce((total, object) => total + object.sizeBytes, 0) });
}

async function listVersion(media: R2Bucket, prefix: string): Promise<Listing> {
  const listing = new Map<string, StoredObject>();
  let cursor: string | undefined;
  for (let page = 0; page < MAX_VERIFY_LISTS; page++) {
    const found: R2Objects = await media.list({ prefix, ...(cursor === undefined ? {} : { cursor }) });
    for (const { key, size, checksums } of found.objects) {
      const { md5 = null } = checksums.toJSON();
      listing.set(key.slice(prefix.length), { sizeBytes: size, md5 });
    }
    if (!found.truncated) break;
    cursor = found.cursor;
  }
  return listing;
}

async function checkTexts(
  media: R2Bucket,
  prefix: string,
  listing: Listing,
  result: TranscodeResult,
): Promise<string | null> {
  const multivariant = await readText(media, prefix + MULTIVARIANT);
  const paths = playlistsOf(multivariant);
  const absent = paths.find((path) => !listing.has(path));
  if (absent !== undefined) return `${MULTIVARIANT} leads to ${absent}, which is not there.`;
  const large = paths.find((path) => (listing.get(path)?.sizeBytes ?? 0) > MAX_PLAYLIST_BYTES);
  if (large !== undefined) return `${large} is larger than a playlist may be.`;
  const texts = await inParallel(paths, PARALLEL_READS, (path) => readText(media, prefix + path));
  const named = new Map([[MULTIVARIANT, multivariant], ...paths.map((path, n) => [path, texts[n] ?? ''] as const)]);
  return checkPlaylists(named, listing, result);
}

/** What an attempt has put into the bucket, and what opens its segments. */
interface Written {
  readonly media: R2Bucket;
  readonly prefix: string;
  readonly segmentKey: CryptoKey | null;
}

/** One rung after the other: their heads are a few hundred kilobytes in all. */
async function checkRungs(written: Written, result: TranscodeResult): Promise<string | null> {
  for (const rung of result.renditions) {
    const wrong = await checkRung(written, rung, result);
    if (wrong !== null) return wrong;
  }
  return null;
}

async function checkRung(
  { media, prefix, segmentKey }: Written,
  { name, frameRate }: RenditionReport,
  result: TranscodeResult,
): Promise<string | null> {
  const numbers = segmentsToCheck(result);
  const [init, ...heads] = await inParallel([null, ...numbers], PARALLEL_READS, async (number) => {
    if (number === null) return readHead(media, `${prefix}${name}/init.mp4`, INIT_BYTES);
    const head = await readHead(media, `${prefix}${name}/${number}.m4s`, HEAD_BYTES);
    return segmentKey === null ? head : openSegmentHead(head, segmentKey, number);
  });
  const segments = new Map(numbers.map((number, n) => [number, heads[n] ?? EMPTY]));
  return checkHeads({ name, frameRate, init: init ?? EMPTY, segments }, result);
}

const EMPTY = new Uint8Array();

async function readHead(media: R2Bucket, key: string, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const stored = await media.get(key, { range: { offset: 0, length } });
  return stored === null ? EMPTY : new Uint8Array(await stored.arrayBuffer());
}

async function readText(media: R2Bucket, key: string): Promise<string> {
  const stored = await media.get(key);
  return stored === null ? '' : stored.text();
}

/** What a version must have for every pass of ours to find what it covers. */
function requiredPaths(result: TranscodeResult): string[] {
  const segments = result.segmentDurationsSeconds.map((_, number) => `${number}.m4s`);
  const perRung = result.renditions.flatMap(({ name }) =>
    ['media.m3u8', 'init.mp4', ...segments].map((file) => `${name}/${file}`),
  );
  const captions = result.segmentDurationsSeconds.map((_, number) => `${number}.vtt`);
  const perLanguage = (result.audioTracks ?? []).flatMap(({ name }) =>
    ['media.m3u8', 'init.mp4', ...segments].map((file) => `${name}/${file}`),
  );
  const perText = (result.textTracks ?? []).flatMap(({ name }) =>
    ['media.m3u8', ...captions].map((file) => `${name}/${file}`),
  );
  return [MULTIVARIANT, 'poster.jpg', ...perRung, ...perLanguage, ...perText];
}

function incomplete(detail: string): Result<never, TranscodeFailure> {
  return err({
    code: 'output-incomplete',
    detail: `What the transcoder wrote is not whole: ${detail}`,
    retryable: true,
  });
}
