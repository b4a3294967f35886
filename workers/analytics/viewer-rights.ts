import { WorkerEntrypoint } from 'cloudflare:workers';
import { callBinding } from '#shared/binding-call.ts';
import { someAtOnce } from '#shared/some-at-once.ts';
import type { AnalyticsRightsRpc, ViewOfSeries } from '#shared/viewer/analytics-rights-rpc.ts';
import { forgetQuarantined } from './forget-quarantined.ts';
import { OBJECTS_AT_ONCE, VIEWS_KEPT_MS } from './limits.ts';
import { personOf, type Person } from './persons.ts';
import { seriesViews, shardsOf, type SeriesViewsRpc } from './series-views-rpc.ts';

/** What the person behind a viewer may ask of analytics: the api Worker calls it, and nobody else can. */
export class ViewerRights extends WorkerEntrypoint<AnalyticsEnv> implements AnalyticsRightsRpc {
  async exportViews(viewerId: string, nowMs: number): Promise<readonly ViewOfSeries[]> {
    const person = await this.#personOf(viewerId, nowMs);
    const views: ViewOfSeries[] = [];
    await this.#everyObject(async (object, seriesId) => {
      for (const view of await object.exportViewer(person)) views.push({ ...view, seriesId });
    });
    return views.toSorted((a, b) => a.startedAtMs - b.startedAtMs);
  }

  /** What lies in quarantine may be replayed, and names the viewer too. Raw events do not: docs/analytics-events.md. */
  async forgetViewer(viewerId: string, nowMs: number): Promise<void> {
    const person = await this.#personOf(viewerId, nowMs);
    await this.#everyObject((object) => object.forgetViewer(person, nowMs));
    await forgetQuarantined(this.env, person);
  }

  #personOf(viewerId: string, nowMs: number): Promise<Person> {
    return personOf(this.env.MASTER_SECRET, viewerId, nowMs - VIEWS_KEPT_MS, nowMs);
  }

  /**
   * Of every series that there is or that has numbers: one that was first seen half a minute ago is not in D1 by its
   * numbers yet, and to be told that there is nothing costs little.
   */
  async #everyObject(ask: (object: SeriesViewsRpc, seriesId: string) => Promise<void>): Promise<void> {
    const { results } = await this.env.DB.prepare(
      'SELECT id FROM series UNION SELECT DISTINCT series_id FROM episode_days',
    ).all<{ id: string }>();
    const objects = results.flatMap(({ id }) =>
      Array.from({ length: shardsOf(this.env) }, (_, shard) => ({ id, shard })),
    );
    await someAtOnce(objects, OBJECTS_AT_ONCE, ({ id, shard }) =>
      callBinding('analytics', () => ask(seriesViews(this.env.SERIES_VIEWS, id, shard), id)),
    );
  }
}
