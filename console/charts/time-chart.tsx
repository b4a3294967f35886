/** One number over time. */
import { useCallback, useMemo, useState } from 'preact/hooks';
import type { Metrics, Timeseries } from '../../client/index.ts';
import { count, moment, percentage, share, span } from '../format.ts';
import { Select } from '../ui/controls.tsx';
import { DataTable } from '../ui/data-table.tsx';
import { axis } from './axes.ts';
import { faded, type Colours } from './colours.ts';
import { Plot, type PlotOptions } from './plot.tsx';
import type { AlignedData } from './uplot.ts';

interface Shown {
  readonly title: string;
  /** Where nobody watched it is 0, and not unknown. */
  readonly isCount?: boolean;
  readonly of: (metrics: Metrics) => number | null;
  readonly write: (value: number | null) => string;
}

const SHOWN: Readonly<Record<string, Shown>> = {
  views: { title: 'Views', isCount: true, of: ({ views }) => views, write: count },
  viewers: { title: 'Unique viewers', isCount: true, of: ({ uniqueViewers }) => uniqueViewers, write: count },
  playing: { title: 'Playing time', isCount: true, of: ({ playingTimeMs }) => playingTimeMs, write: span },
  completion: { title: 'Completion rate', of: ({ completionRate }) => completionRate, write: share },
  rebuffer: { title: 'Rebuffering', of: ({ rebufferPercentage }) => rebufferPercentage, write: percentage },
  score: { title: 'Experience score', of: ({ viewerExperienceScore }) => viewerExperienceScore, write: count },
};

export function TimeChart({ series }: { readonly series: Timeseries }) {
  const { items, grain } = series;
  const [name, setName] = useState('views');
  const shown = SHOWN[name] ?? SHOWN['views'];
  const data = useMemo(() => dataOf(series, shown), [series, shown]);
  const options = useCallback(
    (colours: Colours): PlotOptions => optionsOf(colours, shown, grain === 'day'),
    [shown, grain],
  );
  if (shown === undefined) return null;
  const choices = Object.entries(SHOWN).map(([each, { title }]) => [each, title] as const);
  return (
    <>
      <div class="time-tools">
        <Select label="Number that is shown" options={choices} value={name} onChange={setName} />
      </div>
      <Plot
        label={`${shown.title} by ${grain}. All values are in the table below.`}
        height={220}
        data={data}
        options={options}
      />
      <details class="as-table">
        <summary>Show as a table</summary>
        <DataTable
          caption={`${shown.title} by ${grain}`}
          rows={items}
          rowKey={({ at }) => at}
          columns={[
            { name: grain === 'day' ? 'Day' : 'Hour', cell: ({ at }) => momentText(at, grain) },
            { name: shown.title, isNumber: true, cell: ({ metrics }) => shown.write(shown.of(metrics)) },
          ]}
        />
      </details>
    </>
  );
}

/** All hours, or days, of the period: the API tells only those in which something was watched. */
function dataOf({ items, grain, from, to }: Timeseries, shown: Shown | undefined): AlignedData {
  const stepMs = grain === 'day' ? DAY_MS : HOUR_MS;
  const known = new Map(items.map(({ at, metrics }) => [Date.parse(at), metrics]));
  const last = Math.min(Date.parse(to), Date.now());
  const moments: number[] = [];
  for (let at = Math.floor(Date.parse(from) / stepMs) * stepMs; at < last; at += stepMs) moments.push(at);
  const values = moments.map((at) => {
    const metrics = known.get(at);
    return metrics === undefined ? (shown?.isCount === true ? 0 : null) : (shown?.of(metrics) ?? null);
  });
  return [moments.map((at) => at / 1_000), values];
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Days are of UTC: elsewhere they would be told as the day before. */
function momentText(at: string, grain: Timeseries['grain']): string {
  const date = new Date(at);
  if (grain === 'day') return date.toLocaleDateString(undefined, { dateStyle: 'medium', timeZone: 'UTC' });
  return date.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
}

function optionsOf(colours: Colours, shown: Shown | undefined, isByDay: boolean): PlotOptions {
  return {
    padding: [12, 24, 0, 0],
    cursor: { y: false, drag: { x: false, y: false } },
    scales: { y: { range: (_, __, max) => [0, max > 0 ? max * 1.08 : 1] } },
    axes: [
      axis(colours, {
        grid: { show: false },
        size: 28,
        space: 70,
        values: (_, splits) => splits.map((split) => moment(split, isByDay)),
      }),
      axis(colours, { size: 64, values: (_, splits) => splits.map((split) => shown?.write(split) ?? '') }),
    ],
    series: [{}, { stroke: colours.accent, width: 2, fill: faded(colours.accent, 0.1), points: { size: 5 } }],
  };
}
