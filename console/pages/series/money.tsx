import type { Series, UnlockReport } from '../../../client/index.ts';
import type { Funnel } from '../../../client/index.ts';
import { funnelOf } from '../../data/analytics.ts';
import { api } from '../../data/api.ts';
import { listEpisodes } from '../../data/catalog.ts';
import type { View } from '../../data/period.ts';
import { useQuery } from '../../data/use-query.ts';
import * as format from '../../format.ts';
import { hrefOf } from '../../router.ts';
import { DataTable, ShareBar, type Column } from '../../ui/data-table.tsx';
import { Card, Empty, Loaded, Tiles } from '../../ui/parts.tsx';

const METHODS: Readonly<Record<string, string>> = {
  coins: 'Coins',
  rental: 'Rental',
  bundle: 'Bundle',
  ad: 'Rewarded ads',
  wait: 'Waiting',
  pass: 'Pass',
};

export function Money({ series, view }: { readonly series: Series; readonly view: View }) {
  const everybody = { ...view, range: { from: view.range['from'] ?? '' } };
  const funnel = useQuery(`money ${series.id} ${view.period}`, () => funnelOf(series.id, everybody));
  const report = useQuery(`unlocks ${series.id} ${view.period}`, () => loadReport(series.id, view));
  return (
    <div class="stack">
      <Loaded query={funnel}>
        {(data) => (
          <>
            <MoneyTiles funnel={data} />
            <Methods funnel={data} />
          </>
        )}
      </Loaded>
      <Card title="Unlocks by episode" note="From the ledger, seconds behind it." isBare>
        <Loaded query={report} height={220}>
          {(rows) =>
            rows.length === 0 ? (
              <Empty title="Nothing was unlocked in this period">
                Set a price under <a href={hrefOf(['series', series.slug, 'episodes'])}>Episodes</a>, or choose a longer
                period.
              </Empty>
            ) : (
              <DataTable
                caption="Unlocks by episode and method"
                columns={UNLOCK_COLUMNS}
                rows={rows}
                rowKey={({ key }) => key}
              />
            )
          }
        </Loaded>
      </Card>
    </div>
  );
}

function MoneyTiles({ funnel }: { readonly funnel: Funnel }) {
  const unlocks = funnel.takings?.byMethod.reduce((sum, method) => sum + method.unlocks, 0) ?? null;
  return (
    <Tiles
      items={[
        { label: 'Coins spent', value: format.count(funnel.takings?.coinsSpent), note: 'less what was given back' },
        { label: 'Coins per viewer', value: format.decimal(funnel.coinsPerViewer) },
        { label: 'Unlocks', value: format.count(unlocks) },
        { label: 'Paywall conversion', value: format.share(funnel.paywallConversion), note: 'of paywalls shown' },
      ]}
    />
  );
}

interface MethodRow {
  readonly method: string;
  readonly conversion: number | null;
  readonly takings: NonNullable<Funnel['takings']>['byMethod'][number] | undefined;
}

function Methods({ funnel }: { readonly funnel: Funnel }) {
  const rows: MethodRow[] = Object.entries(funnel.paywallConversionByMethod).map(([method, conversion]) => {
    return { method, conversion, takings: funnel.takings?.byMethod.find((each) => each.method === method) };
  });
  return (
    <Card title="By method" note="Conversion is what players tell of paywalls shown; the rest is the ledger’s." isBare>
      <DataTable
        caption="Unlocks and conversion by method"
        columns={METHOD_COLUMNS}
        rows={rows}
        rowKey={({ method }) => method}
      />
    </Card>
  );
}

const METHOD_COLUMNS: readonly Column<MethodRow>[] = [
  { name: 'Method', cell: ({ method }) => METHODS[method] ?? method },
  {
    name: 'Conversion',
    isNumber: true,
    cell: ({ conversion }) => <ShareBar share={conversion} text={format.share(conversion)} />,
    sortBy: ({ conversion }) => conversion,
  },
  { name: 'Unlocks', isNumber: true, cell: ({ takings }) => format.count(takings?.unlocks) },
  { name: 'Viewers', isNumber: true, cell: ({ takings }) => format.count(takings?.viewers) },
  { name: 'Coins', isNumber: true, cell: ({ takings }) => format.count(takings?.coins) },
  { name: 'Given back', isNumber: true, cell: ({ takings }) => format.count(takings?.refundedCoins) },
];

interface UnlockRow {
  readonly key: string;
  readonly episodeId: string | null;
  readonly title: string;
  readonly number: number;
  readonly item: UnlockReport['items'][number];
}

async function loadReport(seriesId: string, view: View): Promise<UnlockRow[]> {
  const query = { series: seriesId, from: view.range['from'] ?? '', by: 'episode' as const };
  const [report, episodes] = await Promise.all([
    api.call('GET /v1/reports/unlocks', { query }),
    listEpisodes(seriesId),
  ]);
  return report.items.map((item) => {
    const episode = episodes.find(({ id }) => id === item.episodeId);
    const title = episode === undefined ? 'An episode that was deleted' : `${episode.number}. ${episode.title}`;
    return {
      key: `${item.episodeId} ${item.method}`,
      episodeId: episode?.id ?? null,
      title,
      number: episode?.number ?? 0,
      item,
    };
  });
}

const UNLOCK_COLUMNS: readonly Column<UnlockRow>[] = [
  {
    name: 'Episode',
    cell: ({ episodeId, title }) =>
      episodeId === null ? title : <a href={hrefOf(['episodes', episodeId])}>{title}</a>,
    sortBy: ({ number }) => number,
  },
  { name: 'Method', cell: ({ item }) => METHODS[item.method] ?? item.method },
  {
    name: 'Unlocks',
    isNumber: true,
    cell: ({ item }) => format.count(item.unlocks),
    sortBy: ({ item }) => item.unlocks,
  },
  { name: 'Coins', isNumber: true, cell: ({ item }) => format.count(item.coins), sortBy: ({ item }) => item.coins },
  {
    name: 'Refunded',
    isNumber: true,
    cell: ({ item }) => format.count(item.refunded),
    sortBy: ({ item }) => item.refunded,
  },
];
