import { checkDubbed } from '#core/dubs/check-dub.ts';
import { FROM_MUXED, planSounds, type PlannedSound } from '#core/dubs/plan-sounds.ts';
import type {
  LeasedDub,
  TextTrackReport,
  TranscodeFailure,
  TranscodeResult,
} from '#core/ingest/transcoder-protocol.ts';
import { err, ok, type Result } from '#core/result.ts';
import { isImported } from '#core/token/media-pass.ts';
import { toBase64url } from '#shared/encoding.ts';
import { openContentKey } from '#shared/keys/content-key.ts';
import { findScheme, findSealedKey } from '../db/content-keys.ts';
import { findEncoding } from '../db/encoding.ts';
import { updateHeldJob, type JobRecord } from '../db/jobs.ts';
import { findCurrentVersion, listRungs, type CurrentVersion } from '../db/tracks.ts';
import type { Db } from '../http/context.ts';
import { MAX_VERIFY_LISTS } from '../limits.ts';
import { inParallel } from './in-parallel.ts';
import { createPresigner } from './presign.ts';

/** A Worker waits for six connections at most. */
const PARALLEL_LISTS = 6;

/**
 * What the attempt that has just been leased copies; null: the job is no dub. Which version that is stays with the job:
 * what is made of it is published in its place or not at all.
 */
export async function leaseDub(
  db: Db,
  env: ApiEnv,
  job: JobRecord,
): Promise<Result<LeasedDub | null, TranscodeFailure>> {
  const { dub } = job;
  if (dub === null) return ok(null);
  const found = await findCurrentVersion(db, job.episodeId);
  if (found === null || isImported(found.version)) return err(NOT_READY);
  await updateHeldJob(db, job, { baseVersion: found.version });
  // Read again: from here on no language of it is taken away (remove-dub.ts). If it was replaced, the job finds out at its end.
  const again = await findCurrentVersion(db, job.episodeId);
  const current = again?.version === found.version ? again : found;
  const { version, assetId, tracks } = current;
  const contentKey = await openKey(db, env.MASTER_SECRET, current);
  if (contentKey === undefined) return err(KEY_LOST);
  const rungs = await rungsToCopy(db, version, job);
  const live = tracks.filter(({ kind }) => kind === 'audio');
  const sounds = planSounds(live, dub, await mainLanguageOf(db, job.episodeId, current));
  const texts = textsOfSource(tracks);
  return ok({
    ...{ language: dub.language, segmentDurationsSeconds: current.segmentDurationsSeconds, sounds, texts, contentKey },
    rungs,
    objects: await presignObjects(env, `a/${assetId}/${version}/`, foldersOf(rungs, sounds, texts)),
  });
}

/**
 * What the sound is in that plays where nobody chose: as it was when the version was made. What a series says by now may be
 * of its next uploads; it speaks only where nothing was known.
 */
export async function mainLanguageOf(
  db: Db,
  episodeId: string,
  { presentation }: CurrentVersion,
): Promise<string | null> {
  return presentation?.mainLanguage ?? (await findEncoding(db, episodeId))?.encoding?.mainLanguage ?? null;
}

const NOT_READY: TranscodeFailure = {
  code: 'episode-not-ready',
  detail:
    'The episode has no version of its own any more that a dub could be added to. Upload its source, then the dub.',
  retryable: false,
};

const KEY_LOST: TranscodeFailure = {
  code: 'protection-mismatch',
  detail:
    'The content key of the version that is there cannot be opened, so it cannot be copied. Upload the source again.',
  retryable: false,
};

/** Captions of sidecars are written anew to each version, those of the source are copied. */
function textsOfSource(tracks: CurrentVersion['tracks']): readonly TextTrackReport[] {
  return tracks.flatMap(({ name, kind, language, label, isMachineGenerated, sidecarId }) =>
    kind === 'audio' || sidecarId !== null ? [] : [{ name, kind, language, label, isMachineGenerated }],
  );
}

/** undefined: it was sealed with another secret. */
async function openKey(
  db: Db,
  masterSecret: string,
  { assetId, version }: CurrentVersion,
): Promise<LeasedDub['contentKey'] | undefined> {
  const stored = await findSealedKey(db, version);
  if (stored === null) return null;
  const { scheme, sealed } = stored;
  const opened = await openContentKey(masterSecret, { assetId, version, scheme }, sealed);
  return opened === null ? undefined : { scheme, keyId: toBase64url(opened.keyId), key: toBase64url(opened.key) };
}

function foldersOf(
  rungs: LeasedDub['rungs'],
  sounds: readonly PlannedSound[],
  texts: readonly TextTrackReport[],
): ReadonlySet<string> {
  const named = [...rungs, ...texts].map(({ name }) => name);
  return new Set([...named, ...sounds.map(({ from }) => from)].filter((name) => name !== FROM_MUXED));
}

/** Of an episode that is made under cbcs there is no AV1. A series that was changed to it loses it with the next dub. */
async function rungsToCopy(db: Db, base: string, { version }: JobRecord): Promise<LeasedDub['rungs']> {
  const rungs = await listRungs(db, base);
  const isCbcs = (await findScheme(db, version ?? '')) === 'cbcs';
  return rungs
    .filter(({ codecs }) => !isCbcs || !codecs.startsWith('av01'))
    .map(({ name, width, height, frameRate }) => ({ name, width, height, frameRate }));
}

/** Pictures and sound without their playlists, which are written anew; whole folders of captions; what lies beside them. */
const MEDIA_FILE = /^([av]\d+)\/(?:init\.mp4|\d+\.m4s)$/;
const CAPTION_FILE = /^(t\d+)\/[a-z0-9]+\.(?:vtt|m3u8)$/;
const BESIDE = /^(?:multivariant\.m3u8|[a-z]+\.(?:jpg|webp|vtt|mp4))$/;

/** Folder by folder: captions that were replaced stay beside them until the version goes, without a bound. */
async function listAll(media: R2Bucket, place: R2ListOptions): Promise<R2Object[]> {
  const found: R2Object[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < MAX_VERIFY_LISTS; page++) {
    const listed: R2Objects = await media.list({ ...place, ...(cursor === undefined ? {} : { cursor }) });
    found.push(...listed.objects);
    if (!listed.truncated) break;
    cursor = listed.cursor;
  }
  return found;
}

async function presignObjects(
  env: ApiEnv,
  prefix: string,
  folders: ReadonlySet<string>,
): Promise<LeasedDub['objects']> {
  const places = [{ prefix, delimiter: '/' }, ...[...folders].map((folder) => ({ prefix: `${prefix}${folder}/` }))];
  const listed = await inParallel(places, PARALLEL_LISTS, (place) => listAll(env.MEDIA, place));
  const found = listed.flat().map(({ key, size }) => ({ path: key.slice(prefix.length), sizeBytes: size }));
  const isCopied = (path: string): boolean => {
    const folder = (MEDIA_FILE.exec(path) ?? CAPTION_FILE.exec(path))?.[1];
    return folder === undefined ? BESIDE.test(path) : folders.has(folder);
  };
  const presigner = createPresigner(env);
  const copied = found.filter(({ path }) => isCopied(path));
  return Promise.all(copied.map(async (object) => ({ ...object, url: await presigner.get(prefix + object.path) })));
}

/** null: no dub, or one that may take the place of the version that it was made from. */
export async function checkDub(db: Db, job: JobRecord, result: TranscodeResult): Promise<TranscodeFailure | null> {
  if (job.dub === null) return null;
  const current = await findCurrentVersion(db, job.episodeId);
  if (current === null || current.version !== job.baseVersion) {
    const detail =
      'Viewers have another version by now than the one that the dub was added to. It is added to that one.';
    return { code: 'episode-changed', detail, retryable: true };
  }
  const { segmentDurationsSeconds, version } = current;
  const wrong = checkDubbed(
    result,
    { segmentDurationsSeconds, renditions: await rungsToCopy(db, version, job) },
    job.dub,
  );
  if (wrong === null) return null;
  const detail = `The version is not the one that was there with another language: ${wrong} Update the transcoder.`;
  return { code: 'output-incomplete', detail, retryable: true };
}
