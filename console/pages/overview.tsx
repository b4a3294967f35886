import { overviewOf, type OverviewRow } from '../data/overview.ts';
import { useView } from '../data/period.ts';
import { useQuery } from '../data/use-query.ts';
import * as format from '../format.ts';
import { hrefOf } from '../router.ts';
import { DataTable, type Column } from '../ui/data-table.tsx';
import { LiveViews } from '../ui/live-views.tsx';
import { PageHead } from '../ui/page.tsx';
import { Card, Empty, Loaded, Tiles } from '../ui/parts.tsx';
import { PeriodPicker } from '../ui/view-bar.tsx';

/** Days are told to the whole within a minute of being watched. */
const POLL_MS = 10_000;

export function Overview() {
  const view = useView();
  const query = useQuery(`overview ${view.key}`, () => overviewOf(view), POLL_MS);
  return (
    <>
      <PageHead
        title="Overview"
        lead="All series: what is watched, how it plays, what it takes."
        tools={<PeriodPicker view={view} />}
      />
      <div class="stack">
        <LiveViews />
        <Loaded query={query} height={320}>
          {({ rows, totals }) => (
            <>
              <Tiles
                items={[
                  { label: 'Views', value: format.count(totals.views), note: `of ${rows.length} series` },
                  { label: 'Playing time', value: format.span(totals.playingTimeMs), note: 'stalls left out' },
                  { label: 'Completion', value: format.share(totals.completionRate), note: 'of views that started' },
                  {
                    label: 'Rebuffering',
                    value: format.percentage(totals.rebufferPercentage),
                    note: 'of the time watched',
                  },
                  { label: 'Preload waste', value: format.share(totals.waste), note: 'of the bytes fetched' },
                  {
                    label: 'Delivery',
                    value: format.dollars(totals.dollarsPerThousandViews),
                    note: 'per 1,000 views, estimated',
                  },
                  { label: 'Unlocks', value: format.count(totals.unlocks) },
                  { label: 'Coins', value: format.count(totals.coins), note: 'spent, by the ledger' },
                ]}
              />
              <Card title="Series" note="Open one to see where viewers stop, and where they pay." isBare>
                {rows.length === 0 ? (
                  <Empty icon="series" title="Nothing watched in this time">
                    <a href={hrefOf(['series'])}>Publish an episode</a> and watch it: its numbers appear here within a
                    minute.
                  </Empty>
                ) : (
                  <DataTable
                    caption="Series, the most watched first"
                    columns={COLUMNS}
                    rows={rows}
                    rowKey={({ seriesId }) => seriesId}
                    sorted={{ column: 1, isDown: true }}
                  />
                )}
              </Card>
            </>
          )}
        </Loaded>
      </div>
    </>
  );
}

const COLUMNS: readonly Column<OverviewRow>[] = [
  {
    name: 'Series',
    cell: ({ seriesId, title }) => <a href={hrefOf(['series', seriesId])}>{title}</a>,
    sortBy: ({ title }) => title,
  },
  number('Views', (row) => row.views, format.count),
  number('Completion', (row) => row.completionRate, format.share, 'Reached the end, of views that started'),
  number('Playing time', (row) => row.playingTimeMs, format.span),
  number('Score', (row) => row.viewerExperienceScore, format.whole, 'Viewer experience score, 0 to 100'),
  number('Rebuffering', (row) => row.rebufferPercentage, format.percentage, 'Stall time in playing and stall time'),
  number('Failed starts', (row) => row.videoStartupFailurePercentage, format.percentage),
  number('Conversion', (row) => row.paywallConversion, format.share, 'Offers taken, of paywalls shown'),
  number('Unlocks', (row) => row.unlocks, format.count),
  number('Coins', (row) => row.coins, format.count, 'Spent, by the ledger, less what was given back'),
];

function number(
  name: string,
  of: (row: OverviewRow) => number | null,
  write: (value: number | null) => string,
  help?: string,
): Column<OverviewRow> {
  return { name, isNumber: true, cell: (row) => write(of(row)), sortBy: of, ...(help === undefined ? {} : { help }) };
}
