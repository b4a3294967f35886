import { and, asc, eq, isNull, sql, type SQL } from 'drizzle-orm';
import type { TextTrack } from '#core/captions/plan-captions.ts';
import { assetVersions } from '#shared/db/schema.ts';
import { assetTracks, captionSidecars } from '#shared/db/track-schema.ts';
import type { Db } from '../http/context.ts';
import { sweepSidecar } from './swept-prefixes.ts';
import { insertTracks, textRow } from './tracks.ts';

export type SidecarRecord = typeof captionSidecars.$inferSelect;

export async function listSidecars(db: Db, episodeId: string): Promise<SidecarRecord[]> {
  return db
    .select()
    .from(captionSidecars)
    .where(eq(captionSidecars.episodeId, episodeId))
    .orderBy(asc(captionSidecars.language), asc(captionSidecars.kind));
}

/** Episodes whose current version lacks captions that were sent before `beforeMs`, or still has what was taken away. */
export async function listUnapplied(db: Db, beforeMs: number, limit: number): Promise<string[]> {
  const live = sql.raw('SELECT 1 FROM asset_tracks t WHERE t.version = v.version AND t.removed_at IS NULL');
  const rows = await db.all<{ episode_id: string }>(sql`
    SELECT DISTINCT s.episode_id FROM caption_sidecars s JOIN assets a ON a.episode_id = s.episode_id
      JOIN asset_versions v ON v.version = a.current_version
    WHERE v.version GLOB 'ver_*' AND max(s.updated_at, v.created_at) < ${beforeMs} AND
      CASE WHEN s.file_key IS NULL
        THEN EXISTS (${live} AND t.kind = s.kind AND t.language = s.language)
        ELSE NOT EXISTS (${live} AND t.sidecar_id = s.id) END
    LIMIT ${limit}`);
  return rows.map((row) => row.episode_id);
}

/** In the place of the one of the same language and kind, whose file is swept later. */
export async function storeSidecar(db: Db, row: SidecarRecord): Promise<void> {
  const { id, fileKey, label, isMachineGenerated, updatedAt } = row;
  const { episodeId, language, kind } = row;
  const same = sql`episode_id = ${episodeId} AND language = ${language} AND kind = ${kind}`;
  await db.batch([
    sweepSidecar(db, same, updatedAt),
    db
      .insert(captionSidecars)
      .values(row)
      .onConflictDoUpdate({
        target: [captionSidecars.episodeId, captionSidecars.language, captionSidecars.kind],
        set: { id, fileKey, label, isMachineGenerated, updatedAt },
      }),
  ]);
}

/** Numbers that nobody else gets; answers the first of them. null: the version is gone. */
export async function takeNumbers(db: Db, version: string, count: number): Promise<number | null> {
  const [row] = await db
    .update(assetVersions)
    .set({ numbersTaken: sql`${assetVersions.numbersTaken} + ${count}` })
    .where(eq(assetVersions.version, version))
    .returning({ taken: assetVersions.numbersTaken });
  return row === undefined ? null : row.taken - count;
}

export interface Revision {
  readonly version: string;
  readonly from: number;
  readonly to: number;
  readonly change: { readonly removed: readonly { readonly name: string }[] };
  readonly added: readonly TextTrack[];
  /** Must be true as well when it is moved. */
  readonly guard?: SQL;
}

/**
 * The compare-and-swap: viewers get the old playlist or the new one. `to` was taken for this write alone, so that the
 * version has it means that this write moved it. False when another came first.
 */
export async function moveRevision(db: Db, revision: Revision, nowMs: number): Promise<boolean> {
  const { version, from, to, change, added, guard } = revision;
  const holds = sql`EXISTS (SELECT 1 FROM asset_versions WHERE version = ${version} AND revision = ${to})`;
  const removed = change.removed.map(({ name }) =>
    db
      .update(assetTracks)
      .set({ removedAt: nowMs })
      .where(and(eq(assetTracks.version, version), eq(assetTracks.name, name), isNull(assetTracks.removedAt), holds)),
  );
  const [moved] = await db.batch([
    db
      .update(assetVersions)
      .set({ revision: to })
      .where(and(eq(assetVersions.version, version), eq(assetVersions.revision, from), guard))
      .returning({ version: assetVersions.version }),
    ...removed,
    ...insertTracks(db, version, added.map(textRow), { nowMs, holds }),
  ]);
  return moved.length === 1;
}
