import type { MetricDifference } from '../../../client/index.ts';
import * as format from '../../format.ts';
import { DataTable, type Column } from '../../ui/data-table.tsx';
import { METRIC_TITLES, writeMetric } from '../../ui/metric-titles.ts';
import { Badge, Card } from '../../ui/parts.tsx';
import { partText } from '../../ui/view-bar.tsx';

/** What differs between the two, and whether chance alone would do that. */
export function Differences({
  differences,
  against,
}: {
  readonly differences: readonly MetricDifference[];
  readonly against: string;
}) {
  const rows = differences.filter(
    ({ metric, value, against: other }) => metric in METRIC_TITLES && (value !== null || other !== null),
  );
  const columns: readonly Column<MetricDifference>[] = [
    { name: 'Metric', cell: ({ metric }) => METRIC_TITLES[metric] },
    { name: 'This', isNumber: true, cell: ({ metric, value }) => writeMetric(metric, value) },
    { name: partText(against), isNumber: true, cell: ({ metric, against: other }) => writeMetric(metric, other) },
    { name: 'Difference', isNumber: true, cell: ({ metric, difference }) => signed(metric, difference) },
    { name: '95 % interval', isNumber: true, cell: intervalText },
    { name: 'Chance?', cell: ({ isBeyondChance }) => chanceBadge(isBeyondChance) },
  ];
  return (
    <Card title="Compared" note={`With: ${partText(against)}.`} isBare>
      <DataTable
        caption={`Compared with ${partText(against)}`}
        columns={columns}
        rows={rows}
        rowKey={({ metric }) => metric}
      />
    </Card>
  );
}

function signed(metric: string, difference: number | null): string {
  return difference === null ? format.count(null) : `${difference > 0 ? '+' : ''}${writeMetric(metric, difference)}`;
}

function intervalText({ metric, low, high }: MetricDifference): string {
  return low === null || high === null ? '' : `${signed(metric, low)} to ${signed(metric, high)}`;
}

function chanceBadge(isBeyondChance: boolean | null) {
  if (isBeyondChance === null) return null;
  return isBeyondChance ? <Badge tone="info">Beyond chance</Badge> : <Badge>May be chance</Badge>;
}
