import { DurableObject } from 'cloudflare:workers';
import type { BeaconMessage } from '#core/qoe/beacon-message.ts';
import type { RollupGroup, RollupQuery } from '#core/qoe/rollup-query.ts';
import { log, reasonOf } from '#shared/log.ts';
import { FOLD_AFTER_SECONDS, PUBLISH_AGAIN_MS, SURVIVAL_FRESH_MS } from '../limits.ts';
import { visitsOf, type Person } from '../persons.ts';
import { nameParts, type ExportedView, type LiveViews, type SeriesViewsRpc } from '../series-views-rpc.ts';
import { Catalogue, type SeriesCatalogue } from './catalogue.ts';
import { closeDays, readClosed } from './days.ts';
import { ErasedViewers, exportViews, forgetViews } from './erasure.ts';
import { fold } from './fold.ts';
import { Journal } from './journal.ts';
import { LiveList } from './live.ts';
import { readMeta, writeMeta } from './meta.ts';
import { addUnpublished, markPublished, readUnpublished } from './publication.ts';
import { publishDays } from './publish.ts';
import { query } from './query.ts';
import { forgetOld, isForgotten } from './retention.ts';
import { RollupRows } from './rollup-rows.ts';
import { migrate } from './schema.ts';
import { publishSurvival } from './survival.ts';
import { dayOf, DAY_MS } from './time.ts';
import { listVisits } from './view-rows.ts';

/**
 * The views of one series, or of one shard of it. What comes in is written down first and acknowledged; it is folded into
 * views and rollups by the alarm, and before any answer. docs/decisions/042-analytics-pipeline.md
 */
export class SeriesViews extends DurableObject<AnalyticsEnv> implements SeriesViewsRpc {
  readonly #storage: DurableObjectStorage;
  readonly #sql: SqlStorage;
  readonly #catalogue: Catalogue;
  readonly #journal: Journal;
  readonly #rollups: RollupRows;
  readonly #erased: ErasedViewers;
  readonly #live = new LiveList();

  constructor(ctx: DurableObjectState, env: AnalyticsEnv) {
    super(ctx, env);
    this.#storage = ctx.storage;
    this.#sql = ctx.storage.sql;
    migrate(ctx.storage);
    this.#catalogue = new Catalogue(this.#sql, env.DB);
    this.#journal = new Journal(this.#sql, (message) => this.#live.hear(message));
    this.#rollups = new RollupRows(this.#sql);
    this.#erased = new ErasedViewers(this.#sql);
  }

  /** Throws where nothing was written down: what was, is acknowledged, and whoever sent it again would have it twice in here. */
  async apply(messages: readonly BeaconMessage[]): Promise<void> {
    const kept = await this.#withoutErased(messages);
    if (kept.length === 0) return;
    this.#keepName();
    if (this.#journal.isOverfull()) await this.#tryFold(Date.now());
    if (this.#journal.isOverfull()) throw new Error('the journal is full, and could not be folded');
    this.#journal.append(kept);
    for (const message of kept) this.#live.hear(message);
    await this.#wakeBy(Date.now() + this.#foldAfterMs());
    if (this.#journal.isFull()) await this.#tryFold(Date.now());
  }

  async query(request: RollupQuery): Promise<RollupGroup[]> {
    await this.#fold(Date.now());
    return query(this.#sql, request);
  }

  async live(): Promise<LiveViews> {
    return this.#live.now(Date.now());
  }

  async exportViewer(person: Person): Promise<ExportedView[]> {
    await this.#fold(Date.now());
    return exportViews(this.#sql, await this.#namesOf(person));
  }

  async forgetViewer(person: Person, nowMs: number): Promise<void> {
    this.#keepName();
    await this.#fold(nowMs);
    const pseudonyms = await this.#namesOf(person);
    const hashes = await this.#erased.hashesOf(pseudonyms);
    this.#storage.transactionSync(() => {
      this.#journal.remove(new Set(pseudonyms));
      forgetViews(this.#sql, pseudonyms);
      this.#erased.add(hashes.values(), nowMs);
    });
    await this.#wakeBy(dayOf(nowMs) + DAY_MS);
  }

  /** With consent a viewer has a name by month; what was seen without it is found by trying the visits. */
  async #namesOf(person: Person): Promise<readonly string[]> {
    return [...person.pseudonyms, ...(await visitsOf(this.env.MASTER_SECRET, person, listVisits(this.#sql)))];
  }

  override async alarm(): Promise<void> {
    await this.tick(Date.now());
  }

  /** What the alarm does: folds, tells D1, and once a day closes the days that are over and forgets what is old. */
  async tick(nowMs: number): Promise<void> {
    try {
      await this.#fold(nowMs);
      const isPublished = await this.#publish(nowMs);
      this.#storage.transactionSync(() => this.#tidy(nowMs));
      if (!isPublished) await this.#wakeBy(Date.now() + PUBLISH_AGAIN_MS);
      else if (!isForgotten(this.#sql)) await this.#wakeBy(nextNight(Date.now()));
    } catch (thrown) {
      // An alarm that throws is tried six times only; what was not folded must not wait for the next beacon.
      log('error', 'fold_failed', { object: this.#name(), reason: reasonOf(thrown) });
      await this.#wakeBy(Date.now() + PUBLISH_AGAIN_MS);
    }
  }

  async #fold(nowMs: number): Promise<void> {
    if (this.#journal.isEmpty()) return;
    const catalogue = await this.#knownEpisodes(nowMs);
    while (!this.#journal.isEmpty()) {
      const rows = this.#journal.next();
      try {
        this.#foldRows(rows, catalogue);
      } catch {
        for (const row of rows) this.#foldOrSetAside(row, catalogue, nowMs);
      }
    }
  }

  #foldRows(rows: readonly number[], catalogue: SeriesCatalogue): void {
    const folding = { sql: this.#sql, rollups: this.#rollups, catalogue, closed: readClosed(this.#sql) };
    try {
      this.#storage.transactionSync(() => {
        addUnpublished(this.#sql, fold(folding, this.#journal.messagesOf(rows)));
        this.#journal.clear(rows);
      });
    } catch (thrown) {
      this.#rollups.forget();
      throw thrown;
    }
    this.#journal.forget(rows);
  }

  /** What one viewer told must not keep what all the others told from being counted. */
  #foldOrSetAside(row: number, catalogue: SeriesCatalogue, nowMs: number): void {
    try {
      this.#foldRows([row], catalogue);
    } catch (thrown) {
      const reason = reasonOf(thrown);
      // Where storage itself takes nothing, this throws as well, and the row stays for the next fold.
      this.#storage.transactionSync(() => this.#journal.setAside(row, nowMs, reason));
      this.#journal.forget([row]);
      log('error', 'journal_row_refused', { object: this.#name(), row, reason });
    }
  }

  /** What is in the journal is safe there: the alarm folds it, if this does not. */
  async #tryFold(nowMs: number): Promise<void> {
    try {
      await this.#fold(nowMs);
    } catch (thrown) {
      log('error', 'fold_failed', { object: this.#name(), reason: reasonOf(thrown) });
    }
  }

  /** What comes in while D1 is asked may be of an episode that it was not asked for, and would be dropped as unknown. */
  async #knownEpisodes(nowMs: number): Promise<SeriesCatalogue> {
    for (;;) {
      const asked = this.#journal.episodeIds();
      const catalogue = await this.#catalogue.of(this.#seriesId(), asked, nowMs);
      if ([...this.#journal.episodeIds()].every((id) => asked.has(id))) return catalogue;
    }
  }

  /** false where something is left to be told. */
  async #publish(nowMs: number): Promise<boolean> {
    const unpublished = readUnpublished(this.#sql);
    if (unpublished.days.length === 0) return true;
    const { seriesId, shard } = nameParts(this.#name());
    await publishDays({ db: this.env.DB, seriesId, shard }, this.#sql, unpublished, nowMs);
    const isPublished = markPublished(this.#sql, unpublished);
    const isStale = nowMs - Number(readMeta(this.#sql, 'survivalAt') ?? 0) >= SURVIVAL_FRESH_MS;
    // A shard has part of the viewers, and any part is good enough to preload by.
    if (isStale && shard === 0) {
      const catalogue = await this.#catalogue.of(seriesId, new Set(), nowMs);
      await publishSurvival({ db: this.env.DB, seriesId }, this.#sql, catalogue, nowMs);
      writeMeta(this.#sql, 'survivalAt', String(nowMs));
    }
    return isPublished;
  }

  #tidy(nowMs: number): void {
    if (readClosed(this.#sql).daysBeforeMs >= dayOf(nowMs)) return;
    closeDays(this.#sql, nowMs);
    forgetOld(this.#sql, nowMs);
    this.#erased.forgetOld(nowMs);
    this.#rollups.forget();
  }

  async #withoutErased(messages: readonly BeaconMessage[]): Promise<readonly BeaconMessage[]> {
    if (this.#erased.isEmpty()) return messages;
    const hashes = await this.#erased.hashesOf([...new Set(messages.map(({ viewer }) => viewer))]);
    return messages.filter(({ viewer }) => !this.#erased.has(hashes.get(viewer)));
  }

  async #wakeBy(atMs: number): Promise<void> {
    const alarm = await this.#storage.getAlarm();
    if (alarm === null || alarm > atMs) await this.#storage.setAlarm(atMs);
  }

  #foldAfterMs(): number {
    return 1_000 * (Number(this.env.ANALYTICS_FOLD_SECONDS) || FOLD_AFTER_SECONDS);
  }

  #seriesId(): string {
    return nameParts(this.#name()).seriesId;
  }

  #name(): string {
    return this.ctx.id.name ?? readMeta(this.#sql, 'series') ?? '';
  }

  /** Alarms may ring without the name by which the object was called. */
  #keepName(): void {
    if (this.ctx.id.name !== undefined) writeMeta(this.#sql, 'series', this.ctx.id.name);
  }
}

/** Within the first hour of the day, each object at a time of its own: all of them at once would be a load on D1. */
function nextNight(nowMs: number): number {
  return dayOf(nowMs) + DAY_MS + Math.floor(Math.random() * 3_600_000);
}
