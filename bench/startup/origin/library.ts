/** Publishes the clip as a transcoder would that had made one Rendition of it: what is forced on the peers is forced on us. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { LeasedJob, TranscodeResult, UploadGrant } from '../../../core/ingest/transcoder-protocol.ts';
import { call, type Edge, signed } from '../../library.ts';
import type { Clip } from '../clip.ts';

const MAX_PER_CALL = 200;
const UPLOADS_AT_A_TIME = 8;
const EPISODES_AT_A_TIME = 4;

export interface PublishedSeries {
  readonly slug: string;
  readonly episodeIds: readonly string[];
}

export interface SeriesOrder {
  readonly slug: string;
  /** Of the only Rendition; null: all of them. */
  readonly height: number | null;
  readonly episodes: number;
  /** Without one everything is free. */
  readonly access?: { readonly coinPrice: number; readonly previewSeconds: number };
}

export async function publishSeries(
  edge: Edge,
  clip: Clip,
  { slug, height, episodes, access }: SeriesOrder,
): Promise<PublishedSeries> {
  const series = await call<{ id: string }>(edge, 'POST', '/v1/series', { slug, title: `Bench ${slug}` });
  if (access !== undefined) await call(edge, 'PUT', `/v1/series/${series.id}/access`, access);
  const presentation = presentationOf(clip, height);
  const path = `/v1/series/${series.id}/episodes`;
  const episodeIds: string[] = [];
  for (let number = 1; number <= episodes; number++) {
    const { id } = await call<{ id: string }>(edge, 'POST', path, { number, title: `Episode ${number}` });
    episodeIds.push(id);
  }
  const left = episodeIds.values();
  await Promise.all(
    Array.from({ length: EPISODES_AT_A_TIME }, async () => {
      for (const id of left) await publishEpisode(edge, id, presentation);
    }),
  );
  return { slug, episodeIds };
}

interface Presentation {
  readonly result: Omit<TranscodeResult, 'objects'>;
  readonly objects: ReadonlyMap<string, Buffer>;
}

/** The chosen Renditions under the names that the edge expects: `v0` and on. */
function presentationOf({ folder, result }: Clip, height: number | null): Presentation {
  const read = (file: string): Buffer => readFileSync(path.join(folder, 'ladder', file));
  const chosen = result.renditions.filter((rendition) => height === null || rendition.height === height);
  const renamed = new Map(chosen.map(({ name }, index) => [name, `v${index}`]));
  const objects = new Map<string, Buffer>();
  for (const { path: at } of result.objects) {
    const [folderName = '', ...rest] = at.split('/');
    if (at === 'multivariant.m3u8') objects.set(at, Buffer.from(withoutOthers(read(at).toString('utf8'), renamed)));
    else if (!/^v[0-9]+$/.test(folderName)) objects.set(at, read(at));
    else if (renamed.has(folderName)) objects.set([renamed.get(folderName), ...rest].join('/'), read(at));
  }
  const renditions = chosen.map((rendition) => ({ ...rendition, name: renamed.get(rendition.name) ?? '' }));
  return { result: { ...result, renditions }, objects };
}

/** A Variant Stream is two lines: its tag, and its URI. I-frame lists name a rendition in their attributes. */
function withoutOthers(text: string, renamed: ReadonlyMap<string, string>): string {
  const lines = text.split('\n');
  const kept: string[] = [];
  for (let n = 0; n < lines.length; n++) {
    const [line = '', next = ''] = [lines[n], lines[n + 1]];
    const isStream = line.startsWith('#EXT-X-STREAM-INF:');
    const name = /(?:^|")(v[0-9]+)\//.exec(isStream ? next : line)?.[1];
    const to = name === undefined ? undefined : renamed.get(name);
    if (name === undefined) kept.push(line);
    else if (to !== undefined)
      kept.push(...(isStream ? [line, next] : [line]).map((each) => each.replace(`${name}/`, `${to}/`)));
    if (isStream) n++;
  }
  return kept.join('\n');
}

/** The job may be another episode's of those that are published at the same time: they are all the same. */
async function publishEpisode(edge: Edge, id: string, made: Presentation): Promise<void> {
  await call(edge, 'PUT', `/v1/episodes/${id}/source`, 'a source');
  const job = await signed<LeasedJob>(edge, '/v1/transcoder/leases', { workerId: 'bench' });
  const { jobId, attempt, fence } = job;
  const objects = [...made.objects].map(([at, bytes]) => ({ path: at, sizeBytes: bytes.length }));
  for (let start = 0; start < objects.length; start += MAX_PER_CALL) {
    const some = objects
      .slice(start, start + MAX_PER_CALL)
      .map((each) => ({ ...each, contentType: typeOf(each.path) }));
    const grant = await signed<UploadGrant>(edge, '/v1/transcoder/uploads', { jobId, attempt, fence, objects: some });
    const left = grant.uploads.values();
    await Promise.all(Array.from({ length: UPLOADS_AT_A_TIME }, () => putEach(left, made.objects)));
  }
  const data = { jobId, attempt, fence, result: { ...made.result, objects } };
  const timestamp = new Date().toISOString();
  await signed(edge, '/v1/transcoder/events', { type: 'transcode.completed', timestamp, data });
  await call(edge, 'POST', `/v1/episodes/${job.episodeId}/publish`, {});
}

async function putEach(
  uploads: Iterable<UploadGrant['uploads'][number]>,
  objects: ReadonlyMap<string, Buffer>,
): Promise<void> {
  for (const { path: at, url, headers } of uploads) {
    const stored = await fetch(url, { method: 'PUT', headers, body: new Uint8Array(objects.get(at) ?? []) });
    if (!stored.ok) throw new Error(`PUT ${at}: ${stored.status}`);
    await stored.arrayBuffer();
  }
}

function typeOf(file: string): string {
  const types: Record<string, string> = {
    '.m3u8': 'application/vnd.apple.mpegurl',
    '.m4s': 'video/iso.segment',
    '.mp4': 'video/mp4',
    '.jpg': 'image/jpeg',
    '.webp': 'image/webp',
    '.vtt': 'text/vtt',
  };
  return types[path.extname(file)] ?? 'application/octet-stream';
}
