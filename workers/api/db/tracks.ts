import { and, asc, eq, inArray, isNull, sql, type SQL } from 'drizzle-orm';
import type { TextTrack } from '#core/captions/plan-captions.ts';
import type { Presentation } from '#core/ingest/presentation.ts';
import type { TranscodeResult } from '#core/ingest/transcoder-protocol.ts';
import { assets, assetVersions, renditions } from '#shared/db/schema.ts';
import { assetTracks } from '#shared/db/track-schema.ts';
import type { Db } from '../http/context.ts';

export type TrackRecord = typeof assetTracks.$inferSelect;
export type NewTrack = Omit<TrackRecord, 'version' | 'createdAt' | 'removedAt'>;

/** What a version is published with beside its rungs. */
export interface PublishedTracks {
  readonly rows: readonly NewTrack[];
  readonly revision: number;
  readonly numbersTaken: number;
}

export const NO_TRACKS: PublishedTracks = { rows: [], revision: 0, numbersTaken: 0 };

/** The languages of a version; `a0` is the main one. */
export function audioRows({ audioTracks = [] }: TranscodeResult): readonly NewTrack[] {
  return audioTracks.map((track, n) => ({ ...track, kind: 'audio' as const, isDefault: n === 0, sidecarId: null }));
}

export function textRow(track: TextTrack): NewTrack {
  return { ...track, isDefault: false, channels: null, codecs: null, bandwidthBps: null, averageBandwidthBps: null };
}

/** For a batch; `holds` decides when it runs. */
export function insertTracks(
  db: Db,
  version: string,
  rows: readonly NewTrack[],
  { nowMs, holds }: { nowMs: number; holds: SQL },
) {
  return rows.map((row) =>
    db
      .insert(assetTracks)
      .select(
        sql`SELECT ${version}, ${row.name}, ${row.kind}, ${row.language}, ${row.label}, ${Number(row.isMachineGenerated)}, ${Number(row.isDefault)}, ${row.channels}, ${row.codecs}, ${row.bandwidthBps}, ${row.averageBandwidthBps}, ${row.sidecarId}, ${nowMs}, NULL WHERE ${holds}`,
      )
      .onConflictDoNothing(),
  );
}

/** What viewers of an episode get now. */
export interface CurrentVersion {
  readonly assetId: string;
  readonly version: string;
  readonly revision: number;
  readonly segmentDurationsSeconds: readonly number[];
  /** null: it was made before that was kept. */
  readonly presentation: Presentation | null;
  /** Sound, then captions, each by number. */
  readonly tracks: readonly TrackRecord[];
}

/** null: the episode has no version. */
export async function findCurrentVersion(db: Db, episodeId: string): Promise<CurrentVersion | null> {
  const [versions, rows] = await db.batch([
    db
      .select({
        assetId: assets.id,
        version: assetVersions.version,
        revision: assetVersions.revision,
        segmentDurationsSeconds: assetVersions.segmentDurationsSeconds,
        presentation: assetVersions.presentation,
      })
      .from(assets)
      .innerJoin(assetVersions, eq(assetVersions.version, assets.currentVersion))
      .where(eq(assets.episodeId, episodeId)),
    db
      .select({ track: assetTracks })
      .from(assets)
      .innerJoin(assetTracks, eq(assetTracks.version, assets.currentVersion))
      .where(and(eq(assets.episodeId, episodeId), isNull(assetTracks.removedAt)))
      .orderBy(sql`substr(${assetTracks.name}, 1, 1)`, asc(sql`CAST(substr(${assetTracks.name}, 2) AS INTEGER)`)),
  ]);
  const [current] = versions;
  return current === undefined ? null : { ...current, tracks: rows.map(({ track }) => track) };
}

/** The rungs of a version, the lowest first. */
export async function listRungs(
  db: Db,
  version: string,
): Promise<{ name: string; width: number; height: number; frameRate: number; codecs: string }[]> {
  const rows = await db
    .select()
    .from(renditions)
    .where(eq(renditions.version, version))
    .orderBy(asc(renditions.position));
  return rows.map(({ position, width, height, frameRate, codecs }) => {
    return { name: `v${position}`, width, height, frameRate, codecs };
  });
}

/** Languages of the captions that viewers get, by episode. */
export async function captionLanguagesOf(
  db: Db,
  episodeIds: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, string[]>();
  const rows = await db
    .select({ episodeId: assets.episodeId, language: assetTracks.language })
    .from(assets)
    .innerJoin(assetTracks, eq(assetTracks.version, assets.currentVersion))
    .where(
      and(
        sql`${assets.episodeId} IN (SELECT value FROM json_each(${JSON.stringify(episodeIds)}))`,
        inArray(assetTracks.kind, ['subtitles', 'captions']),
        isNull(assetTracks.removedAt),
      ),
    );
  for (const { episodeId, language } of rows) {
    if (language !== null) found.set(episodeId, [...(found.get(episodeId) ?? []), language]);
  }
  return found;
}
