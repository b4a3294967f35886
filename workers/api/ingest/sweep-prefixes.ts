import { log } from '#shared/log.ts';
import { claimPrefix, forgetPrefix, listDuePrefixes, type SweptPrefix } from '../db/swept-prefixes.ts';
import type { Db } from '../http/context.ts';
import { MAX_PREFIXES_PER_SWEEP, MAX_SWEEP_LISTS } from '../limits.ts';

/**
 * Deletes what nothing uses any more: prefixes of attempts that lost or failed, versions that were replaced, their
 * sources, and all of episodes that were deleted. A row goes when its prefix is empty, so a sweep that dies is taken up
 * by the next.
 */
export async function sweepPrefixes(db: Db, media: R2Bucket, nowMs: number): Promise<void> {
  let lists = MAX_SWEEP_LISTS;
  for (const swept of await listDuePrefixes(db, nowMs, MAX_PREFIXES_PER_SWEEP)) {
    if (lists <= 0) return;
    if ((await claimPrefix(db, swept, nowMs)) !== 'claimed') continue;
    const emptied = await empty(media, swept, lists);
    lists = emptied.listsLeft;
    if (!emptied.isEmpty) return;
    await forgetPrefix(db, swept);
    log('info', 'prefix_swept', { prefix: swept.prefix, objects: emptied.objects });
  }
}

interface Emptied {
  readonly isEmpty: boolean;
  readonly objects: number;
  readonly listsLeft: number;
}

/** A list is at most 1,000 objects, and so is a delete: two calls for most versions. Always from the start: what was
 * listed is gone. */
async function empty(media: R2Bucket, { prefix }: SweptPrefix, lists: number): Promise<Emptied> {
  let objects = 0;
  for (let listsLeft = lists - 1; listsLeft >= 0; listsLeft--) {
    const found = await media.list({ prefix });
    const keys = found.objects.map(({ key }) => key);
    if (keys.length > 0) await media.delete(keys);
    objects += keys.length;
    if (!found.truncated) return { isEmpty: true, objects, listsLeft };
  }
  return { isEmpty: false, objects, listsLeft: 0 };
}
