import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { FROM_DUB, FROM_MUXED } from '#core/dubs/plan-sounds.ts';
import type { LeasedContentKey, LeasedDub, TranscodeResult } from '#core/ingest/transcoder-protocol.ts';
import { multivariantPlaylist } from '#core/playlist/multivariant.ts';
import type { AudioRendition } from '#core/playlist/renditions.ts';
import { err, ok, type Result } from '#core/result.ts';
import type { JobFailure } from '../failure.ts';
import type { PackagedObject } from '../package/folder.ts';
import { packageLanguage, packageSound } from '../package/package-language.ts';
import { type PackagedRung, packageRung } from '../package/package-rung.ts';
import { BoxError } from '../package/read-boxes.ts';
import { type Protection, sampleKey } from '../package/write-segments.ts';
import type { Toolchain } from '../toolchain.ts';
import { readProtection, toTrackReport } from '../transcode-file.ts';
import { type EncodedDub, encodeDub } from './encode-dub.ts';
import { readStored, type StoredKey, type StoredRendition } from './read-stored.ts';

export interface AddDubRequest {
  readonly dub: LeasedDub;
  readonly sourceFile: string;
  /** The version that there is, as it is stored. */
  readonly baseDir: string;
  readonly jobDir: string;
  /** Receives the new version. */
  readonly outputDir: string;
  /** What the new version is encrypted with. */
  readonly contentKey: LeasedContentKey | null;
  readonly toolchain: Toolchain;
  readonly signal: AbortSignal;
  readonly onProbed: () => void;
  /** 0 to 1. */
  readonly onProgress: (share: number) => void;
}

/** Of the time that it takes, the part of the sound. */
const ENCODED_SHARE = 0.5;

/**
 * A version with one more language. Only that is encoded: pictures and the other sound are the samples that are stored, in
 * new segments, as hls.js cannot leave sound that is muxed for another (docs/decisions/036-dubs.md).
 */
export async function addDub(request: AddDubRequest): Promise<Result<TranscodeResult, JobFailure>> {
  const { dub, jobDir, outputDir, toolchain, signal, sourceFile } = request;
  const protection = readProtection(request.contentKey);
  const storedKey = readProtection(dub.contentKey);
  if (!protection.ok) return protection;
  if (!storedKey.ok) return storedKey;
  const durationSeconds = sum(dub.segmentDurationsSeconds);
  const { language } = dub;
  const { onProbed } = request;
  const encoded = await encodeDub({ sourceFile, jobDir, language, durationSeconds, toolchain, signal, onProbed });
  if (!encoded.ok) return encoded;
  request.onProgress(ENCODED_SHARE);
  await mkdir(outputDir, { recursive: true });
  const base = await copyBase(request, { encoded: encoded.value, protection: protection.value, key: storedKey.value });
  if (signal.aborted) return err({ reason: 'worker-stopped' });
  const result: TranscodeResult = {
    durationSeconds: sum(base.segmentDurationsSeconds),
    renditions: base.rungs.map(({ variant, startBytes }) => ({ ...variant, startBytes })),
    segmentDurationsSeconds: base.segmentDurationsSeconds,
    objects: base.objects,
    warnings: warningsOf(encoded.value, durationSeconds),
    audioTracks: base.audioTracks.map(toTrackReport),
    textTracks: base.textTracks,
    mainLanguage: base.audioTracks[0]?.language ?? null,
  };
  return ok(request.contentKey === null ? result : { ...result, protection: request.contentKey.scheme });
}

interface Copied extends Pick<TranscodeResult, 'segmentDurationsSeconds' | 'objects'> {
  readonly rungs: readonly PackagedRung[];
  readonly audioTracks: readonly AudioRendition[];
  readonly textTracks: NonNullable<TranscodeResult['textTracks']>;
}

interface CopyParts {
  readonly encoded: EncodedDub;
  readonly protection: Protection | null;
  readonly key: StoredKey | null;
}

async function copyBase(request: AddDubRequest, parts: CopyParts): Promise<Copied> {
  const { dub, outputDir } = request;
  const rungs: PackagedRung[] = [];
  for (const [n, rung] of dub.rungs.entries()) {
    rungs.push(await copyRung(request, rung, parts));
    request.onProgress(ENCODED_SHARE + ((1 - ENCODED_SHARE) * (n + 1)) / dub.rungs.length);
  }
  const segmentDurationsSeconds = rungs[0]?.segmentDurationsSeconds ?? [];
  if (rungs.some((rung) => rung.segmentDurationsSeconds.join() !== segmentDurationsSeconds.join()))
    throw new BoxError('the rungs of the stored version are not cut at the same places');
  const sounds = await copySounds(request, segmentDurationsSeconds, parts);
  const texts = await copyTexts(request);
  const order = await storedOrder(request.baseDir);
  const ordered = rungs.toSorted((a, b) => order.indexOf(a.variant.name) - order.indexOf(b.variant.name));
  const playlist = Buffer.from(
    multivariantPlaylist(
      ordered.map(({ variant }) => variant),
      ordered.flatMap(({ iFrames }) => iFrames ?? []),
      { audio: sounds.audioTracks, text: texts.textTracks },
      sampleKey(parts.protection)?.signalling?.multivariantPlaylistTags,
    ),
  );
  await writeFile(join(outputDir, MULTIVARIANT), playlist);
  const objects = [
    ...[...rungs.flatMap((rung) => rung.objects), ...sounds.objects, ...texts.objects],
    ...(await copyImages(request)),
    { path: MULTIVARIANT, sizeBytes: playlist.length },
  ];
  return { rungs, ...sounds, ...texts, segmentDurationsSeconds, objects };
}

const MULTIVARIANT = 'multivariant.m3u8';

async function copyRung(
  request: AddDubRequest,
  rung: LeasedDub['rungs'][number],
  { protection, key }: CopyParts,
): Promise<PackagedRung> {
  return withStored(request, rung.name, key, ({ video }) => {
    if (video === null) throw new BoxError(`${rung.name} has no picture`);
    const { track, reorderTicks, boundaryFrames } = video;
    const videoTimeline = { samples: track.samples, reorderTicks };
    const { outputDir } = request;
    return packageRung({ ...rung, boundaryFrames, video: track, videoTimeline, sound: null, outputDir, protection });
  });
}

async function copySounds(
  request: AddDubRequest,
  segmentDurationsSeconds: readonly number[],
  { encoded, protection, key }: CopyParts,
): Promise<Pick<Copied, 'audioTracks' | 'objects'>> {
  const { dub, outputDir } = request;
  const audioTracks: AudioRendition[] = [];
  const objects: PackagedObject[] = [];
  for (const [n, { from, language, label, isMachineGenerated }] of dub.sounds.entries()) {
    const about = { language, label, isMachineGenerated, channels: CHANNELS, isMain: n === 0 };
    const name = `a${n}`;
    const made =
      from === FROM_DUB
        ? await packageLanguage(name, { ...about, file: encoded.file }, segmentDurationsSeconds, outputDir, protection)
        : await withStored(request, folderOf(request, from), key, ({ audio }) => {
            if (audio === null) throw new BoxError(`${from} has no sound`);
            const sound = { ...about, track: audio, samples: audio.samples };
            return packageSound(name, sound, segmentDurationsSeconds, outputDir, protection);
          });
    audioTracks.push(made.rendition);
    objects.push(...made.objects);
  }
  return { audioTracks, objects };
}

/** The encoder makes all sound stereo. */
const CHANNELS = 2;

/** Sound that is muxed is the same in every rung. */
function folderOf({ dub }: AddDubRequest, from: string): string {
  return from === FROM_MUXED ? (dub.rungs[0]?.name ?? '') : from;
}

async function copyTexts(request: AddDubRequest): Promise<Pick<Copied, 'textTracks' | 'objects'>> {
  const { dub, baseDir } = request;
  const objects: PackagedObject[] = [];
  const textTracks = dub.texts.map((text, n) => ({ ...text, name: `t${n}` }));
  for (const [n, { name }] of dub.texts.entries()) {
    const files = dub.objects.filter(({ path }) => dirname(path) === name).map(({ path }) => basename(path));
    for (const file of files) objects.push(await copy(request, join(baseDir, name, file), `t${n}/${file}`));
  }
  return { textTracks, objects };
}

/** The poster and what else lies beside the playlists. */
async function copyImages(request: AddDubRequest): Promise<readonly PackagedObject[]> {
  const names = request.dub.objects.map(({ path }) => path).filter((path) => /^[a-z]+\.(jpg|webp|vtt|mp4)$/.test(path));
  return Promise.all(names.map((name) => copy(request, join(request.baseDir, name), name)));
}

async function copy({ outputDir }: AddDubRequest, from: string, path: string): Promise<PackagedObject> {
  await mkdir(dirname(join(outputDir, path)), { recursive: true });
  await copyFile(from, join(outputDir, path));
  return { path, sizeBytes: (await readFile(from)).length };
}

/** Players start with the first Variant Stream: it stays the first. */
async function storedOrder(baseDir: string): Promise<readonly string[]> {
  const playlist = await readFile(join(baseDir, MULTIVARIANT), 'utf8');
  return [...playlist.matchAll(/^(v\d+)\/media\.m3u8$/gm)].map(([, name]) => name ?? '');
}

async function withStored<T>(
  { baseDir, jobDir, dub }: AddDubRequest,
  name: string,
  key: StoredKey | null,
  use: (stored: StoredRendition) => Promise<T>,
): Promise<T> {
  const scratch = join(jobDir, `${name}.stored`);
  const stored = await readStored(join(baseDir, name), dub.segmentDurationsSeconds.length, key, scratch);
  try {
    return await use(stored);
  } finally {
    await stored.file.close();
  }
}

function warningsOf({ length, dubSeconds }: EncodedDub, episodeSeconds: number): TranscodeResult['warnings'] {
  if (length !== 'shorter' && length !== 'longer') return [];
  const seconds = `The sound lasts ${dubSeconds.toFixed(1)} s and the episode ${episodeSeconds.toFixed(1)} s`;
  return length === 'shorter'
    ? [{ code: 'dub-shorter', detail: `${seconds}: its end is silent.` }]
    : [{ code: 'dub-longer', detail: `${seconds}: its end was cut off.` }];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
