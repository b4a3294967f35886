import { DurableObject } from 'cloudflare:workers';
import type { BeaconMessage } from '#core/qoe/beacon-message.ts';
import type { RollupGroup, RollupQuery } from '#core/qoe/rollup-query.ts';
import { log, reasonOf } from '#shared/log.ts';
import { FOLD_AFTER_MS } from '../limits.ts';
import type { LiveViews, SeriesViewsRpc } from '../series-views-rpc.ts';
import { Catalogue } from './catalogue.ts';
import { fold } from './fold.ts';
import { Journal } from './journal.ts';
import { LiveList } from './live.ts';
import { readMeta, writeMeta } from './meta.ts';
import { query } from './query.ts';
import { migrate } from './schema.ts';

/**
 * The views of one series, or of one shard of it. What comes in is written down first and acknowledged; it is folded into
 * views and rollups by the alarm, and before any answer. docs/decisions/042-analytics-pipeline.md
 */
export class SeriesViews extends DurableObject<AnalyticsEnv> implements SeriesViewsRpc {
  readonly #storage: DurableObjectStorage;
  readonly #catalogue: Catalogue;
  readonly #journal: Journal;
  readonly #live: LiveList;

  constructor(ctx: DurableObjectState, env: AnalyticsEnv) {
    super(ctx, env);
    this.#storage = ctx.storage;
    migrate(ctx.storage);
    this.#catalogue = new Catalogue(ctx.storage.sql, env.DB);
    this.#journal = new Journal(ctx.storage.sql);
    this.#live = new LiveList();
    for (const message of this.#journal.messages()) this.#live.hear(message);
  }

  async apply(messages: readonly BeaconMessage[]): Promise<void> {
    this.#keepName();
    this.#journal.append(messages);
    for (const message of messages) this.#live.hear(message);
    if ((await this.#storage.getAlarm()) === null) await this.#storage.setAlarm(Date.now() + FOLD_AFTER_MS);
    if (this.#journal.isFull()) await this.#fold(Date.now());
  }

  async query(request: RollupQuery): Promise<RollupGroup[]> {
    await this.#fold(Date.now());
    return query(this.#storage.sql, request);
  }

  async live(): Promise<LiveViews> {
    return this.#live.now(Date.now());
  }

  override async alarm(): Promise<void> {
    try {
      await this.#fold(Date.now());
    } catch (thrown) {
      log('error', 'fold_failed', { object: this.#name(), reason: reasonOf(thrown) });
      throw thrown;
    }
  }

  async #fold(nowMs: number): Promise<void> {
    if (this.#journal.isEmpty()) return;
    const catalogue = await this.#catalogue.of(this.#seriesId(), this.#journal.episodeIds(), nowMs);
    const messages = this.#journal.messages();
    this.#storage.transactionSync(() => {
      fold(this.#storage.sql, messages, catalogue);
      this.#journal.clear();
    });
    this.#journal.forget();
  }

  #seriesId(): string {
    return this.#name().replace(/:\d+$/, '');
  }

  #name(): string {
    return this.ctx.id.name ?? readMeta(this.#storage.sql, 'series') ?? '';
  }

  /** Alarms may ring without the name by which the object was called. */
  #keepName(): void {
    if (this.ctx.id.name !== undefined) writeMeta(this.#storage.sql, 'series', this.ctx.id.name);
  }
}
