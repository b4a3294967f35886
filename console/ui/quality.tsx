/** How it played: in all, and for whom worst. */
import { useState } from 'preact/hooks';
import type { Metrics, MetricsOfValue } from '../../client/index.ts';
import { DIMENSIONS, qoeOf, type DimensionName, type Subject } from '../data/analytics.ts';
import type { View } from '../data/period.ts';
import { useQuery } from '../data/use-query.ts';
import * as format from '../format.ts';
import { Select } from './controls.tsx';
import { DataTable, type Column } from './data-table.tsx';
import { Card, Empty, Loaded, Tiles } from './parts.tsx';

export function QualityCard({ subject, view }: { readonly subject: Subject; readonly view: View }) {
  const [wanted, setWanted] = useState<DimensionName>('country');
  // A view is counted by each dimension for itself, so a part of the audience is told by its own only.
  const own = view.segment?.split(':')[0] ?? null;
  const choices = DIMENSIONS.filter(([name]) => own === null || name === own);
  const dimension = choices.find(([name]) => name === wanted)?.[0] ?? choices[0]?.[0] ?? 'country';
  const query = useQuery(`qoe ${subject.id} ${dimension} ${view.key}`, () =>
    qoeOf(subject, { ...view, comparison: {} }, [dimension]),
  );
  const title = DIMENSIONS.find(([name]) => name === dimension)?.[1] ?? '';
  return (
    <Card
      title="Quality"
      note="The worst experience first."
      tools={
        <Select
          label="Broken down by"
          options={choices}
          value={dimension}
          onChange={(name) => setWanted(name as DimensionName)}
        />
      }
      isBare
    >
      <Loaded query={query} height={220}>
        {({ by }) => <BreakdownTable title={title} dimension={dimension} rows={by[dimension] ?? []} />}
      </Loaded>
    </Card>
  );
}

function BreakdownTable({
  title,
  dimension,
  rows,
}: {
  readonly title: string;
  readonly dimension: DimensionName;
  readonly rows: readonly MetricsOfValue[];
}) {
  if (rows.length === 0)
    return <Empty title="No views in this period">Choose a longer period, or wait for viewers.</Empty>;
  const first: Column<MetricsOfValue> = {
    name: title,
    cell: ({ value }) => format.dimensionValue(dimension, value),
    sortBy: ({ value }) => format.dimensionValue(dimension, value),
  };
  return (
    <DataTable
      caption={`Quality by ${title.toLowerCase()}`}
      columns={[first, ...QUALITY_COLUMNS]}
      rows={rows}
      rowKey={({ value }) => value}
    />
  );
}

function column(
  name: string,
  of: (metrics: Metrics) => number | null,
  write: (value: number | null) => string,
  help?: string,
): Column<MetricsOfValue> {
  return {
    name,
    isNumber: true,
    cell: ({ metrics }) => write(of(metrics)),
    sortBy: ({ metrics }) => of(metrics),
    ...(help === undefined ? {} : { help }),
  };
}

const QUALITY_COLUMNS: readonly Column<MetricsOfValue>[] = [
  column('Score', (m) => m.viewerExperienceScore, format.whole, 'Viewer experience score, 0 to 100'),
  column('Views', (m) => m.views, format.count),
  column(
    'Startup p50',
    (m) => m.videoStartupTimeMs.p50,
    format.milliseconds,
    'From the swipe or tap to the first frame',
  ),
  column('p95', (m) => m.videoStartupTimeMs.p95, format.milliseconds),
  column('Rebuffering', (m) => m.rebufferPercentage, format.percentage, 'Stall time in playing and stall time'),
  column('With stalls', (m) => m.viewsWithRebuffering, format.percentage, 'Views that stalled at least once'),
  column('Failed', (m) => m.videoStartupFailurePercentage, format.percentage, 'Attempts that failed to start'),
  column('Exits', (m) => m.exitsBeforeVideoStart, format.percentage, 'Left before the first frame'),
  column('Bitrate', (m) => m.weightedAverageBitrateBps, format.bitrate),
  column('Completion', (m) => m.completionRate, format.share),
];

/** Startup and playback in numbers, each with what it means. */
export function QualityTiles({ metrics }: { readonly metrics: Metrics }) {
  const { videoStartupTimeMs: startup, swipeToFirstFrameMs: swipe } = metrics;
  return (
    <Tiles
      items={[
        {
          label: 'Experience score',
          value: format.whole(metrics.viewerExperienceScore),
          note: 'of 100',
        },
        {
          label: 'Startup',
          value: format.milliseconds(startup.p50),
          note: `p75 ${format.milliseconds(startup.p75)} · p95 ${format.milliseconds(startup.p95)}`,
        },
        {
          label: 'Swipe to first frame',
          value: format.milliseconds(swipe.p50),
          note: `p75 ${format.milliseconds(swipe.p75)} · p95 ${format.milliseconds(swipe.p95)}`,
        },
        { label: 'Instant starts', value: format.share(metrics.instantStartRate), note: 'within 100 ms' },
        {
          label: 'Rebuffering',
          value: format.percentage(metrics.rebufferPercentage),
          note: `${format.percentage(metrics.viewsWithRebuffering)} of views stalled`,
        },
        {
          label: 'Starts that failed',
          value: format.percentage(metrics.videoStartupFailurePercentage),
          note: `${format.percentage(metrics.exitsBeforeVideoStart)} left before`,
        },
        { label: 'Bitrate', value: format.bitrate(metrics.weightedAverageBitrateBps), note: 'weighted by time' },
        { label: 'Low rendition', value: format.share(metrics.lowRenditionShare), note: 'of the time shown' },
      ]}
    />
  );
}
