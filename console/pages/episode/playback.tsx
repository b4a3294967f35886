import { TimeChart } from '../../charts/time-chart.tsx';
import { qoeOf, timeseriesOf, type Subject } from '../../data/analytics.ts';
import type { View } from '../../data/period.ts';
import { useQuery } from '../../data/use-query.ts';
import { Card, Empty, Loaded } from '../../ui/parts.tsx';
import { QualityTiles } from '../../ui/quality.tsx';
import { Differences } from './differences.tsx';

export function Playback({ subject, view }: { readonly subject: Subject; readonly view: View }) {
  const whole = useQuery(`qoe ${subject.id} ${view.key}`, () => qoeOf(subject, view, []));
  const times = useQuery(`times ${subject.id} ${view.key}`, () => timeseriesOf(subject, view));
  return (
    <>
      <Loaded query={whole}>
        {(qoe) => (
          <>
            <QualityTiles metrics={qoe.total} />
            {qoe.differences !== undefined && (
              <Differences differences={qoe.differences} against={view.against ?? ''} />
            )}
          </>
        )}
      </Loaded>
      <Card title="Over time">
        <Loaded query={times} height={240}>
          {(data) =>
            data.items.length === 0 ? (
              <Empty title="No views in this period">Choose a longer period, or wait for viewers.</Empty>
            ) : (
              <TimeChart series={data} />
            )
          }
        </Loaded>
      </Card>
    </>
  );
}
