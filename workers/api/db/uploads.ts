import { and, asc, desc, eq, lt, lte, sql, type SQL } from 'drizzle-orm';
import { MAX_UPLOAD_AGE_MS, UPLOAD_CLAIM_MS, UPLOAD_IDLE_MS } from '#core/ingest/limits.ts';
import { uploads } from '#shared/db/schema.ts';
import type { Db } from '../http/context.ts';

export type UploadRecord = typeof uploads.$inferSelect;

export async function insertUpload(db: Db, upload: typeof uploads.$inferInsert): Promise<UploadRecord> {
  const [row] = await db.insert(uploads).values(upload).returning();
  if (!row) throw new Error('the upload was not inserted');
  return row;
}

export async function findUpload(db: Db, id: string): Promise<UploadRecord | undefined> {
  return db.select().from(uploads).where(eq(uploads.id, id)).get();
}

/** Of one episode, the newest first. */
export async function listUploads(
  db: Db,
  { episodeId, sha256, nowMs, limit }: { episodeId: string; sha256: string | null; nowMs: number; limit: number },
): Promise<UploadRecord[]> {
  return db
    .select()
    .from(uploads)
    .where(
      and(
        eq(uploads.episodeId, episodeId),
        eq(uploads.kind, 'tus'),
        sha256 === null ? undefined : eq(uploads.declaredSha256, sha256),
        sql`${uploads.expiresAt} > ${nowMs}`,
      ),
    )
    .orderBy(desc(uploads.id))
    .limit(limit);
}

/** When nobody will go on with it, seen from now: a day from its last byte, and never as long as R2 keeps parts. */
export function expiryOf(createdAtMs: number, nowMs: number): number {
  return Math.min(nowMs + UPLOAD_IDLE_MS, createdAtMs + MAX_UPLOAD_AGE_MS);
}

/**
 * Lets one request write, from the byte at which it thinks that the upload stands (null: wherever it stands): a
 * compare-and-swap, so of two that come at once one gets it.
 */
export async function claimUpload(
  db: Db,
  id: string,
  { claim, offsetBytes, nowMs }: { claim: string; offsetBytes: number | null; nowMs: number },
): Promise<UploadRecord | null> {
  const [row] = await db
    .update(uploads)
    .set({ claim, claimedUntil: nowMs + UPLOAD_CLAIM_MS, updatedAt: nowMs })
    .where(
      and(
        eq(uploads.id, id),
        eq(uploads.state, 'open'),
        lte(uploads.claimedUntil, nowMs),
        sql`${uploads.expiresAt} > ${nowMs}`,
        offsetBytes === null ? undefined : eq(uploads.offsetBytes, offsetBytes),
      ),
    )
    .returning();
  return row ?? null;
}

type ClaimedUpload = Pick<UploadRecord, 'id' | 'claim'>;

const holds = ({ id, claim }: ClaimedUpload) =>
  and(eq(uploads.id, id), eq(uploads.claim, claim ?? ''), eq(uploads.state, 'open'));

/** Writes while the claim holds; null when it lapsed and another request took the upload over. */
export async function updateClaimed(
  db: Db,
  upload: ClaimedUpload,
  change: Partial<typeof uploads.$inferInsert>,
): Promise<UploadRecord | null> {
  const [row] = await db.update(uploads).set(change).where(holds(upload)).returning();
  return row ?? null;
}

export interface UploadEnd {
  readonly state: 'finished' | 'failed';
  readonly offsetBytes?: number;
  readonly lengthBytes?: number;
}

/** The row stays until it expires, so that a client that did not hear of the end can ask. */
export function endClaimed(db: Db, upload: ClaimedUpload, end: UploadEnd, when: SQL = sql`1`) {
  const nothingLeft = { etags: [], tailKey: null, tailBytes: 0, url: null, claim: null, claimedUntil: 0 };
  return db
    .update(uploads)
    .set({ ...end, ...nothingLeft, updatedAt: Date.now() })
    .where(and(holds(upload), when));
}

/** A part that R2 has, and with it what lay before it in an object of its own. */
export async function appendPart(
  db: Db,
  upload: UploadRecord,
  { etags, offsetBytes, nowMs }: { etags: readonly string[]; offsetBytes: number; nowMs: number },
): Promise<UploadRecord | null> {
  return updateClaimed(db, upload, {
    etags,
    offsetBytes,
    tailKey: null,
    tailBytes: 0,
    claimedUntil: nowMs + UPLOAD_CLAIM_MS,
    expiresAt: expiryOf(upload.createdAt, nowMs),
    updatedAt: nowMs,
  });
}

export async function releaseUpload(db: Db, upload: ClaimedUpload): Promise<void> {
  await db.update(uploads).set({ claim: null, claimedUntil: 0 }).where(holds(upload));
}

/** Those past their time that nobody writes to; finished ones have nothing left but their row. */
export async function listExpired(db: Db, nowMs: number, limit: number): Promise<UploadRecord[]> {
  return db
    .select()
    .from(uploads)
    .where(and(lte(uploads.expiresAt, nowMs), lte(uploads.claimedUntil, nowMs)))
    .orderBy(asc(uploads.expiresAt))
    .limit(limit);
}

/** Takes the row away unless somebody writes; true for the one caller that did. */
export async function deleteUpload(db: Db, id: string, nowMs: number): Promise<boolean> {
  const rows = await db
    .delete(uploads)
    .where(and(eq(uploads.id, id), lte(uploads.claimedUntil, nowMs)))
    .returning({ id: uploads.id });
  return rows.length === 1;
}

/** Pulls that no consumer was heard of since: their message may be lost. */
export async function listSilentPulls(db: Db, silentSinceMs: number, limit: number): Promise<UploadRecord[]> {
  return db
    .select()
    .from(uploads)
    .where(
      and(
        eq(uploads.kind, 'pull'),
        eq(uploads.state, 'open'),
        lt(uploads.claimedUntil, silentSinceMs),
        lt(uploads.updatedAt, silentSinceMs),
      ),
    )
    .limit(limit);
}
