import type { Series } from '../../../client/index.ts';
import type { Funnel, FunnelStep } from '../../../client/index.ts';
import { funnelOf } from '../../data/analytics.ts';
import type { View } from '../../data/period.ts';
import { useQuery } from '../../data/use-query.ts';
import * as format from '../../format.ts';
import { hrefOf } from '../../router.ts';
import { DataTable, ShareBar, type Column } from '../../ui/data-table.tsx';
import { LiveViews } from '../../ui/live-views.tsx';
import { Card, Empty, Loaded, Tiles } from '../../ui/parts.tsx';

/** How far viewers come, episode after episode. */
export function Audience({ series, view }: { readonly series: Series; readonly view: View }) {
  const query = useQuery(`funnel ${series.id} ${view.key}`, () => funnelOf(series.id, view));
  return (
    <div class="stack">
      <LiveViews series={series.id} />
      <Loaded query={query} height={420}>
        {(funnel) => (
          <>
            <AudienceTiles funnel={funnel} />
            <Card
              title="Funnel"
              note="Of the sessions that came in, who goes at least as far. Blue: a paywall was shown there."
            >
              {funnel.sessions === 0 ? (
                <Empty title="No sessions in this period">
                  Publish episodes and share the series, or choose a longer period.
                </Empty>
              ) : (
                <SurvivalColumns steps={funnel.episodes} />
              )}
            </Card>
            {funnel.episodes.length > 0 && (
              <section class="card">
                <DataTable
                  caption="Funnel, episode after episode"
                  columns={COLUMNS}
                  rows={funnel.episodes}
                  rowKey={({ episodeId }) => episodeId}
                />
              </section>
            )}
          </>
        )}
      </Loaded>
    </div>
  );
}

function AudienceTiles({ funnel }: { readonly funnel: Funnel }) {
  const { bingeDepthPercentiles: depth, metrics } = funnel;
  return (
    <Tiles
      items={[
        { label: 'Views', value: format.count(metrics.views), note: `${format.count(metrics.uniqueViewers)} viewers` },
        { label: 'Sessions', value: format.count(funnel.sessions) },
        { label: 'Next-episode rate', value: format.share(funnel.nextEpisodeRate), note: 'went on to the next one' },
        {
          label: 'Cliffhanger hold',
          value: format.share(funnel.cliffhangerHold),
          note: 'went on within 10 s of the end',
        },
        {
          label: 'Binge depth',
          value: format.decimal(funnel.bingeDepth),
          note: `episodes a session · p95 ${format.count(depth.p95)}`,
        },
        { label: 'Paywall conversion', value: format.share(funnel.paywallConversion), note: 'of paywalls shown' },
        { label: 'Coins per viewer', value: format.decimal(funnel.coinsPerViewer), note: 'by the ledger' },
        { label: 'Preload waste', value: format.share(funnel.preloadWaste), note: 'of the bytes fetched' },
      ]}
    />
  );
}

/** The same numbers are in the table below it, which is what is read out. */
function SurvivalColumns({ steps }: { readonly steps: readonly FunnelStep[] }) {
  const isDense = steps.length > 24;
  return (
    <div class="columns" aria-hidden="true">
      {steps.map(({ episodeId, number, title, survival, paywalls }) => (
        <div
          key={episodeId}
          data-paywall={(paywalls ?? 0) > 0}
          title={`${number}. ${title}: ${format.share(survival)}`}
        >
          {!isDense && <span>{format.share(survival)}</span>}
          <i style={{ height: `${survival * 78}%` }} />
          {(!isDense || number % 5 === 0 || number === 1) && <span>{number}</span>}
        </div>
      ))}
    </div>
  );
}

const COLUMNS: readonly Column<FunnelStep>[] = [
  {
    name: 'Episode',
    cell: ({ episodeId, number, title }) => (
      <a href={hrefOf(['episodes', episodeId])}>
        {number}. {title}
      </a>
    ),
    sortBy: ({ number }) => number,
  },
  { name: 'Started', isNumber: true, cell: ({ started }) => format.count(started), sortBy: ({ started }) => started },
  {
    name: 'Still there',
    help: 'Survival: of the sessions that came in, who goes at least as far',
    isNumber: true,
    cell: ({ survival }) => <ShareBar share={survival} text={format.share(survival)} />,
    sortBy: ({ survival }) => survival,
  },
  { name: 'Stopped', isNumber: true, cell: ({ stopped }) => format.count(stopped), sortBy: ({ stopped }) => stopped },
  {
    name: 'Went on',
    help: 'Next-episode rate',
    isNumber: true,
    cell: ({ nextEpisodeRate }) => format.share(nextEpisodeRate),
    sortBy: ({ nextEpisodeRate }) => nextEpisodeRate,
  },
  {
    name: 'Completion',
    isNumber: true,
    cell: ({ metrics }) => format.share(metrics.completionRate),
    sortBy: ({ metrics }) => metrics.completionRate,
  },
  {
    name: 'Paywalls',
    isNumber: true,
    cell: ({ paywalls }) => format.count(paywalls),
    sortBy: ({ paywalls }) => paywalls,
  },
  { name: 'Unlocks', isNumber: true, cell: ({ unlocks }) => format.count(unlocks), sortBy: ({ unlocks }) => unlocks },
  {
    name: 'Lift',
    help: 'Next-episode rate of who unlocked, over that of the free episodes before: above 1, who pays goes on more',
    isNumber: true,
    cell: ({ paywallLift }) => format.decimal(paywallLift),
    sortBy: ({ paywallLift }) => paywallLift,
  },
  {
    name: 'Rebuffering',
    isNumber: true,
    cell: ({ metrics }) => format.percentage(metrics.rebufferPercentage),
    sortBy: ({ metrics }) => metrics.rebufferPercentage,
  },
];
