import { DurableObject } from 'cloudflare:workers';
import type { UnlockMethod } from '#core/entitlement/viewer-state.ts';
import { newId } from '#core/id.ts';
import { isTokenRevoked, nextRevocation } from '#core/token/revocation.ts';
import { randomBytes } from '#shared/encoding.ts';
import type * as free from '#shared/viewer/free-ways-rpc.ts';
import type * as rpc from '#shared/viewer/rpc.ts';
import { countAd, openAdIntent, readAds, unlockByAds } from './ads.ts';
import { readAutoUnlock, unlockAutomatically, writeAutoUnlock } from './auto-unlock.ts';
import { findFreeUnlock, freeMethods } from './free-unlocks.ts';
import { credit, earlierUnlock, findUnlock, readWallet, unlock } from './ledger.ts';
import { putGrant } from './put-grant.ts';
import { loadResume, storeResume } from './resume.ts';
import { migrate } from './schema.ts';
import { endStream, forgetDevice, heartbeat, holdStream, listDevices, listStreams } from './streams.ts';
import { runningWaits, startWait } from './waits.ts';

/**
 * One viewer: coins, unlocks, grants. One object per viewer, so debit and entitlement share a transaction and no two
 * requests of a viewer race, while viewers never wait for each other.
 */
export class Viewer extends DurableObject implements rpc.ViewerRpc {
  readonly #storage: DurableObjectStorage;
  /** Ads a day over all series; null = no limit. */
  readonly #adDailyCap: number | null;

  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env);
    this.#storage = ctx.storage;
    this.#adDailyCap = Number(env.AD_DAILY_CAP) || null;
    migrate(ctx.storage);
  }

  async state({ episodeIds, nowMs, stream }: Parameters<rpc.ViewerRpc['state']>[0]): Promise<rpc.ViewerStateReply> {
    const { sql } = this.#storage;
    const withoutCoins = freeMethods(sql, episodeIds, nowMs);
    const unlocked = episodeIds.flatMap((id): { episodeId: string; method: UnlockMethod }[] => {
      const method = findUnlock(sql, id) === null ? withoutCoins.get(id) : 'coins';
      return method === undefined ? [] : [{ episodeId: id, method }];
    });
    return {
      coins: readWallet(sql, nowMs).coins,
      debtCoins: 0,
      unlocks: unlocked.map((each) => ({ ...each, untilMs: null, rental: null })),
      waits: runningWaits(sql, nowMs),
      ads: readAds(sql, episodeIds, this.#adDailyCap, nowMs),
      grants: this.#grants(nowMs),
      revokedAtSeconds: this.#revokedAt(),
      stream: stream == null ? null : this.#unlessRevoked(stream, () => holdStream(this.#storage, stream, nowMs)),
    };
  }

  async credit(request: rpc.CreditRequest): Promise<rpc.CreditReply> {
    return credit(this.#storage, request);
  }

  async unlock(request: rpc.UnlockRequest): Promise<rpc.UnlockReply> {
    return unlock(this.#storage, request);
  }

  async earlierUnlock(request: rpc.Idempotent): Promise<rpc.UnlockReply | null> {
    return earlierUnlock(this.#storage.sql, request);
  }

  async startWait(request: free.WaitRequest): Promise<free.WaitReply> {
    return startWait(this.#storage, request);
  }

  async openAdIntent(request: free.AdIntentRequest): Promise<free.AdIntentReply> {
    return openAdIntent(this.#storage, request, this.#adDailyCap);
  }

  async countAd(request: free.AdViewRequest): Promise<free.AdViewReply> {
    return countAd(this.#storage, request, this.#adDailyCap);
  }

  async unlockByAds(request: { episodeId: string; adsPerUnlock: number; nowMs: number }): Promise<free.AdUnlockReply> {
    return unlockByAds(this.#storage, request);
  }

  async freeUnlock(request: { episodeId: string; nowMs: number }): Promise<free.FreeUnlockRecord | null> {
    return findFreeUnlock(this.#storage.sql, request.episodeId, request.nowMs);
  }

  async autoUnlock({ nowMs }: { nowMs: number }): Promise<free.AutoUnlockRecord> {
    return readAutoUnlock(this.#storage.sql, nowMs);
  }

  async setAutoUnlock(request: free.AutoUnlockRequest): Promise<free.AutoUnlockRecord> {
    return writeAutoUnlock(this.#storage, request);
  }

  async unlockAutomatically(request: rpc.UnlockRequest): Promise<free.AutoUnlockReply> {
    return unlockAutomatically(this.#storage, request);
  }

  async wallet({ nowMs }: { nowMs: number }): Promise<rpc.WalletReply> {
    return readWallet(this.#storage.sql, nowMs);
  }

  async ledger({ beforeSeq, limit }: rpc.PageRequest): Promise<{ items: rpc.LedgerEntry[]; nextSeq: number | null }> {
    type Row = {
      seq: number;
      id: string;
      kind: rpc.LedgerEntry['kind'];
      reference: string | null;
      created_at: number;
      paid: number;
      bonus: number;
      episode_id: string | null;
    };
    const rows = this.#storage.sql
      .exec<Row>(
        `SELECT t.seq, t.id, t.kind, t.reference, t.created_at, u.episode_id,
           COALESCE((SELECT amount FROM entries WHERE txn_id = t.id AND account_id = 'wallet:paid'), 0) AS paid,
           COALESCE((SELECT amount FROM entries WHERE txn_id = t.id AND account_id = 'wallet:bonus'), 0) AS bonus
         FROM txns t LEFT JOIN unlocks u ON u.txn_id = t.id WHERE t.seq < ? ORDER BY t.seq DESC LIMIT ?`,
        beforeSeq ?? Number.MAX_SAFE_INTEGER,
        limit + 1,
      )
      .toArray();
    const items = rows.slice(0, limit).map((row) => ({
      id: row.id,
      kind: row.kind,
      coins: row.paid + row.bonus,
      paid: row.paid,
      bonus: row.bonus,
      reference: row.reference,
      episodeId: row.episode_id,
      createdAtMs: row.created_at,
    }));
    return { items, nextSeq: rows.length > limit ? (rows[limit - 1]?.seq ?? null) : null };
  }

  async unlocks({ beforeSeq, limit }: rpc.PageRequest): Promise<{ items: rpc.UnlockRecord[]; nextSeq: number | null }> {
    type Row = { seq: number; id: string; episode_id: string; coins: number; created_at: number };
    const rows = this.#storage.sql
      .exec<Row>(
        'SELECT t.seq, u.id, u.episode_id, u.coins, u.created_at FROM unlocks u JOIN txns t ON t.id = u.txn_id WHERE t.seq < ? ORDER BY t.seq DESC LIMIT ?',
        beforeSeq ?? Number.MAX_SAFE_INTEGER,
        limit + 1,
      )
      .toArray();
    const items = rows
      .slice(0, limit)
      .map((row) => ({ id: row.id, episodeId: row.episode_id, coins: row.coins, createdAtMs: row.created_at }));
    return { items, nextSeq: rows.length > limit ? (rows[limit - 1]?.seq ?? null) : null };
  }

  async grant({ nowMs, ...grant }: rpc.GrantRequest): Promise<rpc.GrantRecord> {
    const record = { ...grant, id: newId('grt', nowMs, randomBytes(16)), createdAtMs: nowMs };
    this.#storage.sql.exec(
      'INSERT INTO grants (id, scope, target_id, pass, expires_at, created_at) VALUES (?, ?, ?, ?, ?, ?)',
      record.id,
      record.scope,
      record.targetId,
      record.pass,
      record.expiresAtMs,
      nowMs,
    );
    return record;
  }

  async putGrant(request: rpc.PutGrantRequest): Promise<void> {
    putGrant(this.#storage.sql, request);
  }

  async revokeGrant({ grantId, nowMs }: { grantId: string; nowMs: number }): Promise<boolean> {
    const cursor = this.#storage.sql.exec(
      'UPDATE grants SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL',
      nowMs,
      grantId,
    );
    return cursor.rowsWritten > 0;
  }

  async revoke({ nowSeconds }: { nowSeconds: number }): Promise<number> {
    const moment = nextRevocation(nowSeconds, this.#revokedAt());
    this.#storage.sql.exec('INSERT OR REPLACE INTO revocation (id, revoked_at) VALUES (1, ?)', moment * 1_000);
    this.#storage.sql.exec('DELETE FROM stream_leases');
    return moment;
  }

  async heartbeat({ order, nowMs }: Parameters<rpc.ViewerRpc['heartbeat']>[0]): Promise<rpc.StreamReply> {
    return this.#unlessRevoked(order, () => heartbeat(this.#storage, order, nowMs));
  }

  async endStream(request: rpc.StreamEnd): Promise<void> {
    if (!isTokenRevoked(request.issuedAtSeconds, this.#revokedAt())) endStream(this.#storage.sql, request);
  }

  async streams({ nowMs }: { nowMs: number }): Promise<rpc.StreamRecord[]> {
    return listStreams(this.#storage.sql, nowMs);
  }

  async devices({ nowMs }: { nowMs: number }): Promise<rpc.DeviceRecord[]> {
    return listDevices(this.#storage.sql, nowMs);
  }

  async forgetDevice({ deviceId }: { deviceId: string }): Promise<boolean> {
    return forgetDevice(this.#storage, deviceId);
  }

  /** A revoked token must not keep the viewer's next one out. */
  #unlessRevoked(order: rpc.StreamOrder, take: () => rpc.StreamReply): rpc.StreamReply {
    return isTokenRevoked(order.issuedAtSeconds, this.#revokedAt()) ? { outcome: 'revoked' } : take();
  }

  async revokedAt(): Promise<number | null> {
    return this.#revokedAt();
  }

  async setResume(request: rpc.ResumePoint & { readonly seriesId: string }): Promise<rpc.ResumePoint> {
    return storeResume(this.#storage.sql, request);
  }

  async resume({ seriesId }: { seriesId: string }): Promise<rpc.ResumePoint | null> {
    return loadResume(this.#storage.sql, seriesId);
  }

  #revokedAt(): number | null {
    const [row] = this.#storage.sql.exec<{ revoked_at: number }>('SELECT revoked_at FROM revocation').toArray();
    return row === undefined ? null : row.revoked_at / 1_000;
  }

  #grants(nowMs: number): rpc.GrantRecord[] {
    type Row = {
      id: string;
      scope: rpc.GrantRecord['scope'];
      target_id: string | null;
      pass: string | null;
      expires_at: number | null;
      created_at: number;
    };
    const rows = this.#storage.sql.exec<Row>(
      'SELECT id, scope, target_id, pass, expires_at, created_at FROM grants WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?)',
      nowMs,
    );
    return rows.toArray().map((row) => ({
      id: row.id,
      scope: row.scope,
      targetId: row.target_id,
      pass: row.pass,
      expiresAtMs: row.expires_at,
      createdAtMs: row.created_at,
    }));
  }
}
