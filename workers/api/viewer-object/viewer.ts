import { DurableObject } from 'cloudflare:workers';
import { isTokenRevoked } from '#core/token/revocation.ts';
import type * as adjustments from '#shared/viewer/adjustments-rpc.ts';
import type * as free from '#shared/viewer/free-ways-rpc.ts';
import type * as merges from '#shared/viewer/merge-rpc.ts';
import { VIEWER_OBJECT_PREFIX } from '#shared/viewer/object-name.ts';
import type * as rights from '#shared/viewer/rights-rpc.ts';
import type * as rpc from '#shared/viewer/rpc.ts';
import { MAX_PARKED_LISTED } from '../limits.ts';
import { adjust } from './adjust.ts';
import { countAd, openAdIntent, readAds, unlockByAds } from './ads.ts';
import { auditLedger } from './audit.ts';
import { readAutoUnlock, unlockAutomatically, writeAutoUnlock } from './auto-unlock.ts';
import { unlockBundle } from './bundle.ts';
import { chargeback } from './chargeback.ts';
import { credit } from './credit.ts';
import { driveMerge } from './drive-merge.ts';
import { eraseSelf } from './erase-orphan.ts';
import { endTombstone, erase, finishErasure, isSelfErasing, readTombstone } from './erase.ts';
import { exportAll } from './export.ts';
import { findFreeUnlock } from './free-unlocks.ts';
import { activeGrants, grantsVersion, insertGrant, revokeGrant } from './grants.ts';
import { listLedger, listUnlocks, type HistoryPage } from './history.ts';
import { compareLedger, LedgerGuard, resumeLedger, stopLedger } from './ledger-guard.ts';
import { readDebt, readWallet } from './lots.ts';
import { merged } from './merge-state.ts';
import { applyMerge, beginMerge, finishMerge, openMerge } from './merge.ts';
import { drainOutbox, enqueueAll, keepName, nextWakeMs, readName } from './outbox.ts';
import { listParked } from './parked.ts';
import { decideAdjustment, listPendingAdjustments } from './pending-adjustments.ts';
import { makeId } from './posting.ts';
import { putGrant } from './put-grant.ts';
import { readQuote, storeQuote } from './quotes.ts';
import { refund } from './refund.ts';
import { rent, startRental } from './rental.ts';
import { loadResume, storeResume } from './resume.ts';
import { readPassesRevokedAt, readRevokedAt, revokeTokens } from './revocation.ts';
import { migrate } from './schema.ts';
import { endStream, forgetDevice, heartbeat, holdStream, listDevices, listStreams } from './streams.ts';
import { earlierUnlock } from './unlock-keys.ts';
import { unlock } from './unlock.ts';
import { unlocksForState } from './unlocks-for-state.ts';
import { runningWaits, startWait } from './waits.ts';

/**
 * One viewer: coins, unlocks, grants. One object per viewer, so debit and entitlement share a transaction and no two
 * requests of a viewer race, while viewers never wait for each other.
 *
 * Each move of money is one file beside this one and one synchronous transaction: it commits whole or not at all, and
 * nothing else of this viewer runs between its reads and its writes.
 */
export class Viewer extends DurableObject<ApiEnv> implements rpc.ViewerRpc {
  readonly #storage: DurableObjectStorage;
  /** Ads a day over all series; null = no limit. */
  readonly #adDailyCap: number | null;
  readonly #guard: LedgerGuard;
  #isNamed = false;

  constructor(ctx: DurableObjectState, env: ApiEnv) {
    super(ctx, env);
    this.#storage = ctx.storage;
    this.#adDailyCap = Number(env.AD_DAILY_CAP) || null;
    migrate(ctx.storage);
    this.#guard = new LedgerGuard(ctx.storage.sql, env);
  }

  async state({ episodeIds, nowMs, stream }: Parameters<rpc.ViewerRpc['state']>[0]): Promise<rpc.ViewerStateReply> {
    const { sql } = this.#storage;
    return {
      coins: readWallet(sql, nowMs).coins,
      debtCoins: readDebt(sql),
      unlocks: unlocksForState(sql, episodeIds, nowMs),
      waits: runningWaits(sql, nowMs),
      ads: readAds(sql, episodeIds, this.#adDailyCap, nowMs),
      grants: activeGrants(sql, nowMs),
      grantsVersion: grantsVersion(sql, nowMs),
      revokedAtSeconds: readRevokedAt(sql),
      passesRevokedAtSeconds: readPassesRevokedAt(sql),
      stream: stream == null ? null : this.#unlessRevoked(stream, () => holdStream(this.#storage, stream, nowMs)),
    };
  }

  async credit(request: rpc.CreditRequest): Promise<rpc.CreditReply> {
    await this.#mayMove();
    return this.#sent(credit(this.#storage, request));
  }

  async unlock(request: rpc.UnlockRequest): Promise<rpc.UnlockReply> {
    await this.#mayMove();
    return this.#sent(unlock(this.#storage, request));
  }

  async unlockBundle(request: rpc.BundleRequest): Promise<rpc.UnlockReply> {
    await this.#mayMove();
    return this.#sent(unlockBundle(this.#storage, request));
  }

  async rent(request: rpc.RentRequest): Promise<rpc.UnlockReply> {
    await this.#mayMove();
    return this.#sent(rent(this.#storage, request));
  }

  async startRental(request: { episodeId: string; nowMs: number }): Promise<{ untilMs: number } | null> {
    return startRental(this.#storage, request);
  }

  async earlierUnlock(request: rpc.Idempotent): Promise<rpc.UnlockReply | null> {
    return earlierUnlock(this.#storage.sql, request);
  }

  async storeQuote(request: rpc.QuoteRequest): Promise<rpc.QuoteRecord> {
    return storeQuote(this.#storage.sql, request);
  }

  async quote(quoteId: string): Promise<rpc.QuoteRecord | null> {
    return readQuote(this.#storage.sql, quoteId);
  }

  async refund(request: rpc.RefundRequest): Promise<rpc.RefundReply> {
    await this.#mayMove();
    return this.#sent(refund(this.#storage, request));
  }

  async chargeback(request: rpc.ChargebackRequest): Promise<rpc.ChargebackReply> {
    await this.#mayMove();
    return this.#sent(chargeback(this.#storage, request));
  }

  async adjust(request: adjustments.AdjustmentRequest): Promise<adjustments.AdjustmentReply> {
    await this.#mayMove();
    return this.#sent(adjust(this.#storage, request));
  }

  async pendingAdjustments({ nowMs }: { nowMs: number }): Promise<adjustments.PendingAdjustment[]> {
    return listPendingAdjustments(this.#storage.sql, nowMs);
  }

  async decideAdjustment(decision: adjustments.AdjustmentDecision): Promise<adjustments.DecisionReply> {
    await this.#mayMove();
    return this.#sent(decideAdjustment(this.#storage, decision));
  }

  async compareLedger(toldTxnIds: readonly string[]): Promise<rpc.LedgerComparison> {
    return compareLedger(this.#storage.sql, toldTxnIds);
  }

  async stopLedger({ nowMs }: { nowMs: number }): Promise<void> {
    stopLedger(this.#storage.sql, nowMs);
  }

  async resumeLedger({ accepted }: { accepted: readonly string[] }): Promise<void> {
    resumeLedger(this.#storage.sql, accepted);
  }

  async openMerge(request: merges.OpenMergeRequest): Promise<{ readonly outcome: 'open' | 'key-reused' } | rpc.Merged> {
    await this.#mayMove();
    return openMerge(this.#storage, request);
  }

  async beginMerge(request: rpc.Idempotent & { guest: string; target: string }): Promise<merges.BeginMergeReply> {
    await this.#mayMove();
    return this.#sent(beginMerge(this.#storage, request));
  }

  async applyMerge(request: {
    transferId: string;
    transfer: merges.Transfer | null;
    nowMs: number;
  }): Promise<merges.ApplyMergeReply> {
    // Without a transfer it is a question, which an erasure asks too.
    if (request.transfer !== null) await this.#mayMove();
    return this.#sent(applyMerge(this.#storage, request));
  }

  async finishMerge(transferId: string): Promise<void> {
    this.#sent(finishMerge(this.#storage, transferId));
  }

  /** The one alarm of the object: ends a merge that was left behind, then tells reports what they have not heard. */
  override async alarm(): Promise<void> {
    const driven = await driveMerge(this.#storage, this.env, Date.now());
    if (driven === 'target-erased' || isSelfErasing(this.#storage.sql))
      return eraseSelf(this.#storage, this.env, this, Date.now());
    const name = readName(this.#storage.sql);
    if (name !== null) await drainOutbox(this.#storage, this.env.LEDGER_EVENTS, name, Date.now());
    this.#wake();
    // Last: where there is a tombstone, nothing else waits.
    await endTombstone(this.#storage, Date.now());
  }

  async rebuildProjection(): Promise<number> {
    return this.#sent(enqueueAll(this.#storage.sql));
  }

  async audit(): Promise<rpc.AuditFinding[]> {
    return auditLedger(this.#storage.sql);
  }

  async parkedChargebacks(): Promise<merges.ParkedChargeback[]> {
    return listParked(this.#storage.sql, MAX_PARKED_LISTED);
  }

  async startWait(request: free.WaitRequest): Promise<free.WaitReply> {
    return this.#sent(startWait(this.#storage, request));
  }

  async openAdIntent(request: free.AdIntentRequest): Promise<free.AdIntentReply> {
    return openAdIntent(this.#storage, request, this.#adDailyCap);
  }

  async countAd(request: free.AdViewRequest): Promise<free.AdViewReply> {
    return this.#sent(countAd(this.#storage, request, this.#adDailyCap));
  }

  async unlockByAds(request: free.AdUnlockRequest): Promise<free.AdUnlockReply> {
    return this.#sent(unlockByAds(this.#storage, request));
  }

  async freeUnlock(request: { episodeId: string; nowMs: number }): Promise<free.FreeUnlockRecord | null> {
    return findFreeUnlock(this.#storage.sql, request.episodeId, request.nowMs);
  }

  async autoUnlock({ nowMs }: { nowMs: number }): Promise<free.AutoUnlockRecord> {
    return readAutoUnlock(this.#storage.sql, nowMs);
  }

  async setAutoUnlock(request: free.AutoUnlockRequest): Promise<free.AutoUnlockRecord | rpc.Merged> {
    return writeAutoUnlock(this.#storage, request);
  }

  async unlockAutomatically(request: rpc.UnlockRequest): Promise<free.AutoUnlockReply> {
    await this.#mayMove();
    return this.#sent(unlockAutomatically(this.#storage, request));
  }

  async wallet({ nowMs }: { nowMs: number }): Promise<rpc.WalletReply> {
    return readWallet(this.#storage.sql, nowMs);
  }

  async ledger(request: rpc.PageRequest): Promise<HistoryPage<rpc.LedgerEntry>> {
    return listLedger(this.#storage.sql, request);
  }

  async unlocks(request: rpc.PageRequest): Promise<HistoryPage<rpc.UnlockRecord>> {
    return listUnlocks(this.#storage.sql, request);
  }

  async grant({ nowMs, ...grant }: rpc.GrantRequest): Promise<rpc.GrantRecord | rpc.Merged> {
    const gone = merged(this.#storage.sql);
    if (gone) return gone;
    const record = { ...grant, id: makeId('grt', nowMs), createdAtMs: nowMs };
    insertGrant(this.#storage.sql, record);
    return record;
  }

  async putGrant(request: rpc.PutGrantRequest): Promise<{ readonly outcome: 'put' } | rpc.Merged> {
    return putGrant(this.#storage.sql, request);
  }

  async revokeGrant({ grantId, nowMs }: { grantId: string; nowMs: number }): Promise<boolean> {
    return revokeGrant(this.#storage.sql, grantId, nowMs);
  }

  async revoke({ nowSeconds }: { nowSeconds: number }): Promise<number> {
    return revokeTokens(this.#storage.sql, nowSeconds);
  }

  async heartbeat({ order, nowMs }: Parameters<rpc.ViewerRpc['heartbeat']>[0]): Promise<rpc.StreamReply> {
    return this.#unlessRevoked(order, () => heartbeat(this.#storage, order, nowMs));
  }

  async endStream(request: rpc.StreamEnd): Promise<void> {
    if (!isTokenRevoked(request.issuedAtSeconds, readRevokedAt(this.#storage.sql)))
      endStream(this.#storage.sql, request);
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

  /**
   * Behind whatever may have left a row in the outbox, or opened a merge. The alarm is set in one go with it: there is no
   * await between the two, so neither is ever stored alone, and the answer waits for no more than the one commit.
   */
  #sent<Reply>(reply: Reply): Reply {
    this.#wake();
    return reply;
  }

  /** In front of whatever moves coins. Reads go on. */
  #mayMove(): Promise<void> {
    return this.#guard.pass(this.#name() ?? readName(this.#storage.sql));
  }

  #name(): string | undefined {
    return this.ctx.id.name?.slice(VIEWER_OBJECT_PREFIX.length);
  }

  #wake(): void {
    const nowMs = Date.now();
    const atMs = nextWakeMs(this.#storage.sql, nowMs);
    if (atMs === null) return;
    const name = this.#name();
    if (!this.#isNamed && name !== undefined) keepName(this.#storage.sql, name);
    this.#isNamed = true;
    void this.#storage.setAlarm(atMs);
  }

  /** A revoked token must not keep the viewer's next one out. */
  #unlessRevoked(order: rpc.StreamOrder, take: () => rpc.StreamReply): rpc.StreamReply {
    return isTokenRevoked(order.issuedAtSeconds, readRevokedAt(this.#storage.sql)) ? { outcome: 'revoked' } : take();
  }

  async revokedAt(): Promise<number | null> {
    return readRevokedAt(this.#storage.sql);
  }

  async setResume(request: rpc.ResumePoint & { readonly seriesId: string }): Promise<rpc.ResumePoint | rpc.Merged> {
    return storeResume(this.#storage.sql, request);
  }

  async exportAll(): Promise<rights.ViewerExport> {
    return exportAll(this.#storage.sql);
  }

  async erase(request: rights.EraseRequest): Promise<rights.EraseReply> {
    this.#isNamed = false;
    return erase(this.#storage, request);
  }

  async finishErasure(): Promise<void> {
    finishErasure(this.#storage);
  }

  async tombstone(): Promise<{ erasedAtMs: number; untilMs: number } | null> {
    return readTombstone(this.#storage.sql);
  }

  async resume({ seriesId }: { seriesId: string }): Promise<rpc.ResumePoint | null> {
    return loadResume(this.#storage.sql, seriesId);
  }
}
