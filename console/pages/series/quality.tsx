import type { Series } from '../../../client/index.ts';
import { TimeChart } from '../../charts/time-chart.tsx';
import { qoeOf, timeseriesOf } from '../../data/analytics.ts';
import type { View } from '../../data/period.ts';
import { useQuery } from '../../data/use-query.ts';
import { Card, Loaded } from '../../ui/parts.tsx';
import { QualityCard, QualityTiles } from '../../ui/quality.tsx';

export function SeriesQuality({ series, view }: { readonly series: Series; readonly view: View }) {
  const subject = { kind: 'series', id: series.id } as const;
  const whole = useQuery(`qoe ${series.id} ${view.key}`, () => qoeOf(subject, view, []));
  const times = useQuery(`times ${series.id} ${view.key}`, () => timeseriesOf(subject, view));
  return (
    <div class="stack">
      <Loaded query={whole}>{({ total }) => <QualityTiles metrics={total} />}</Loaded>
      <Card title="Over time">
        <Loaded query={times} height={240}>
          {(data) => <TimeChart series={data} />}
        </Loaded>
      </Card>
      <QualityCard subject={subject} view={view} />
    </div>
  );
}
