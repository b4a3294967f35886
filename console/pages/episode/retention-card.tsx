import { useState } from 'preact/hooks';
import type { Episode } from '../../../client/index.ts';
import type { Dropoffs, Retention } from '../../../client/index.ts';
import { RetentionChart, type CurveName } from '../../charts/retention-chart.tsx';
import type { Board } from '../../charts/storyboard.tsx';
import { dropoffsOf, retentionOf } from '../../data/analytics.ts';
import { imageOf } from '../../data/catalog.ts';
import type { View } from '../../data/period.ts';
import { useQuery } from '../../data/use-query.ts';
import * as format from '../../format.ts';
import { Segmented } from '../../ui/controls.tsx';
import { DataTable } from '../../ui/data-table.tsx';
import { Card, Empty, Loaded, Tiles } from '../../ui/parts.tsx';
import { partText } from '../../ui/view-bar.tsx';
import { DropoffList } from './dropoff-list.tsx';

const CURVES: readonly (readonly [CurveName, string])[] = [
  ['coverage', 'Played'],
  ['survival', 'Survival'],
];
const CURVE_NOTES: Readonly<Record<CurveName, string>> = {
  coverage: 'Of the views that started, how many played each second. What is watched again is not counted twice.',
  survival: 'Of those who had not left, how many stay. Who reached a paywall or the end did not leave.',
};

async function load(id: string, view: View) {
  const [retention, dropoffs] = await Promise.all([retentionOf(id, view), dropoffsOf(id, view)]);
  return { retention, dropoffs };
}

export function RetentionCard({ episode, view }: { readonly episode: Episode; readonly view: View }) {
  const query = useQuery(`retention ${episode.id} ${view.key}`, () => load(episode.id, view));
  return (
    <Loaded query={query} height={520}>
      {({ retention, dropoffs }) => (
        <>
          <RetentionTiles retention={retention} />
          <CurveCard episode={episode} view={view} retention={retention} dropoffs={dropoffs} />
        </>
      )}
    </Loaded>
  );
}

function RetentionTiles({ retention }: { readonly retention: Retention }) {
  const { comparison } = retention;
  const against = (value: number | null | undefined, write: (value: number | null | undefined) => string) =>
    comparison === undefined ? undefined : `compared: ${write(value)}`;
  const items = [
    {
      label: 'Views',
      value: format.count(retention.views),
      note: against(comparison?.views, format.count) ?? `${format.count(retention.starts)} started`,
    },
    {
      label: 'Unique viewers',
      value: format.count(retention.uniqueViewers),
      note: against(comparison?.uniqueViewers, format.count) ?? 'a month’s pseudonyms',
    },
    {
      label: 'Completion',
      value: format.share(retention.completionRate),
      note: against(comparison?.completionRate, format.share) ?? 'reached the end',
    },
    {
      label: 'Average watched',
      value: format.percentage(retention.averagePercentWatched),
      note:
        against(comparison?.averagePercentWatched, format.percentage) ??
        `median ${format.percentage(retention.medianPercentWatched)}`,
    },
    {
      label: 'Lost in the opening',
      value: format.share(retention.openingLoss),
      note: against(comparison?.openingLoss, format.share) ?? 'within the first 3 s',
    },
  ];
  return <Tiles items={items} />;
}

function CurveCard({
  episode,
  view,
  retention,
  dropoffs: { items },
}: {
  readonly episode: Episode;
  readonly view: View;
  readonly retention: Retention;
  readonly dropoffs: Dropoffs;
}) {
  const [curve, setCurve] = useState<CurveName>('coverage');
  const board = boardOf(episode);
  if (retention.starts === 0) {
    return (
      <Card title="Retention">
        <Empty title="Nobody has watched this yet">
          {episode.state === 'published'
            ? 'Choose a longer period, or wait for viewers: a view shows up within seconds.'
            : 'It is not published. Publish it and its curve begins with the first view.'}
        </Empty>
      </Card>
    );
  }
  return (
    <>
      <Card
        title="Retention"
        note={CURVE_NOTES[curve]}
        tools={<Segmented label="Curve" options={CURVES} value={curve} onChange={setCurve} />}
      >
        <RetentionChart
          retention={retention}
          dropoffs={items}
          curve={curve}
          board={board}
          against={view.against === null ? null : partText(view.against)}
        />
        <CurveTable retention={retention} />
      </Card>
      <Card
        title="Why they left"
        note="Where more left than around it, and whether it was the script or the buffering. It is observation, no experiment."
      >
        <DropoffList items={items} board={board} />
      </Card>
    </>
  );
}

function boardOf(episode: Episode): Board | null {
  const tiles = episode.presentation?.images.storyboard;
  return tiles === undefined ? null : { ...tiles, url: imageOf(episode.id, 'storyboard.jpg') };
}

function CurveTable({ retention }: { readonly retention: Retention }) {
  const stalls = new Map(retention.stalls.map((point) => [point.atSeconds, point.stalls]));
  return (
    <details class="as-table">
      <summary>Show as a table</summary>
      <DataTable
        caption="Retention, second by second"
        rows={retention.curve}
        rowKey={({ atSeconds }) => String(atSeconds)}
        columns={[
          { name: 'Second', cell: ({ atSeconds }) => format.clock(atSeconds) },
          { name: 'Views', isNumber: true, cell: ({ viewers }) => format.whole(viewers) },
          { name: 'Played', isNumber: true, cell: ({ share }) => format.share(share) },
          { name: 'Times played', isNumber: true, cell: ({ plays }) => format.whole(plays) },
          {
            name: 'Still there',
            isNumber: true,
            cell: ({ atSeconds }) => format.share(retention.survival[atSeconds]?.share),
          },
          { name: 'Left', isNumber: true, cell: ({ atSeconds }) => format.whole(retention.survival[atSeconds]?.left) },
          { name: 'Stalls', isNumber: true, cell: ({ atSeconds }) => format.whole(stalls.get(atSeconds) ?? 0) },
        ]}
      />
    </details>
  );
}
