import { DEFAULT_ENCODING_SETTINGS, type EncodingSettings } from '#core/ladder/settings.ts';
import { findEncoding } from '../db/encoding.ts';
import { updateHeldJob, type JobRecord } from '../db/jobs.ts';
import { watchPrefixes } from '../db/swept-prefixes.ts';
import { makeId, type Db } from '../http/context.ts';

/**
 * Notes where the attempt that has just been leased may write, before it is given a URL, and answers the settings that it
 * encodes by. A version of an episode that plays nothing yet may come in two parts; a protected one does not, as each
 * version has a content key of its own and a lease carries one.
 */
export async function openPrefixes(db: Db, job: JobRecord, nowMs: number): Promise<EncodingSettings> {
  const found = await findEncoding(db, job.episodeId);
  const settings = { ...DEFAULT_ENCODING_SETTINGS, ...found?.encoding };
  const isEarly = settings.publishPlayable && found?.protection === 'none' && found.currentVersion === null;
  const playableVersion = isEarly ? makeId('ver', nowMs) : null;
  const versions = [job.version, playableVersion].filter((version) => version !== null);
  await watchPrefixes(
    db,
    versions.map((version) => `a/${job.assetId}/${version}/`),
    nowMs,
  );
  const publishPlayable = playableVersion !== null && (await updateHeldJob(db, job, { playableVersion }));
  return { ...settings, publishPlayable };
}
