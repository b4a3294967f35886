/** How far viewers watch: the curve, what it is compared with, stalls over it, drop-offs marked, and the frames below. */
import { useCallback, useMemo, useState } from 'preact/hooks';
import type { Dropoff, Retention, RetentionOfPart } from '../../client/index.ts';
import { clock, share, whole } from '../format.ts';
import { axis, shareAxis } from './axes.ts';
import { faded, type Colours } from './colours.ts';
import { Plot, type Frame, type PlotOptions, type Plotter } from './plot.tsx';
import { Storyboard, type Board } from './storyboard.tsx';
import type { AlignedData, uPlot } from './uplot.ts';

export type CurveName = 'coverage' | 'survival';

const HEIGHT = 320;

export interface RetentionChartProps {
  readonly retention: Retention;
  readonly dropoffs: readonly Dropoff[];
  readonly curve: CurveName;
  readonly board: Board | null;
  /** What the second curve is, in words. */
  readonly against: string | null;
}

export function RetentionChart({ retention, dropoffs, curve, board, against }: RetentionChartProps) {
  const [at, setAt] = useState<number | null>(null);
  const [frame, setFrame] = useState<Frame | null>(null);
  const data = useMemo(() => dataOf(retention, curve), [retention, curve]);
  const options = useCallback(
    (colours: Colours, charts: typeof uPlot) => optionsOf(colours, charts, dropoffs, against !== null),
    [dropoffs, against],
  );
  const last = Math.max(0, data[0].length - 1);
  const words = readingOf(retention, curve, at);
  return (
    <div>
      <Legend curve={curve} against={against} hasDropoffs={dropoffs.length > 0} />
      <Plot
        label={summaryOf(retention, curve, dropoffs)}
        height={HEIGHT}
        data={data}
        options={options}
        at={at}
        onPoint={setAt}
        onFrame={setFrame}
      />
      {frame !== null && (
        <div style={{ marginLeft: `${frame.left}px`, width: `${frame.width}px` }}>
          <input
            type="range"
            class="scrubber"
            min={0}
            max={last}
            step={1}
            value={at ?? 0}
            aria-label="Second of the episode"
            aria-valuetext={words}
            onInput={(event) => setAt(Number(event.currentTarget.value))}
          />
          {board !== null && (
            <Storyboard board={board} width={frame.width} durationSeconds={retention.durationSeconds} atSeconds={at} />
          )}
        </div>
      )}
      <p class="reading">{words}</p>
    </div>
  );
}

function Legend({ curve, against, hasDropoffs }: { curve: CurveName; against: string | null; hasDropoffs: boolean }) {
  return (
    <ul class="legend">
      <li>
        <i class="swatch tone-main" /> {curve === 'coverage' ? 'Played this second' : 'Still there'}
      </li>
      {against !== null && (
        <li>
          <i class="swatch tone-other" data-kind="dashed" /> {against}
        </li>
      )}
      <li>
        <i class="swatch tone-stall" data-kind="bar" /> Stalls
      </li>
      {hasDropoffs && (
        <li>
          <i class="swatch tone-drop" data-kind="band" /> Drop-off
        </li>
      )}
    </ul>
  );
}

function sharesOf(part: RetentionOfPart, curve: CurveName): (number | null)[] {
  return (curve === 'coverage' ? part.curve : part.survival).map((point) => point.share);
}

function dataOf(retention: Retention, curve: CurveName): AlignedData {
  const shares = sharesOf(retention, curve);
  const stalls = new Map(retention.stalls.map((point) => [point.atSeconds, point.stalls]));
  const { comparison } = retention;
  const others = comparison === undefined ? [] : sharesOf(comparison, curve);
  return [
    shares.map((_, second) => second),
    shares,
    shares.map((_, second) => others[second] ?? null),
    shares.map((_, second) => stalls.get(second) ?? null),
  ];
}

function optionsOf(
  colours: Colours,
  charts: typeof uPlot,
  dropoffs: readonly Dropoff[],
  isCompared: boolean,
): PlotOptions {
  const bars = charts.paths.bars?.({ size: [0.72, 14], radius: 0.25 });
  return {
    padding: [22, 12, 0, 0],
    cursor: { y: false, points: { size: 8 }, drag: { x: false, y: false } },
    scales: {
      x: { time: false },
      y: { range: [0, 1.02] },
      stalls: { range: (_, __, max) => [0, Math.max(4, max * 2.6)] },
    },
    axes: [
      axis(colours, { values: (_, splits) => splits.map(clock), grid: { show: false }, size: 28 }),
      shareAxis(colours),
      { scale: 'stalls', side: 1, show: false },
    ],
    series: [
      {},
      { stroke: colours.accent, width: 2.5, fill: faded(colours.accent, 0.1), points: { show: false } },
      { show: isCompared, stroke: colours.info, width: 2, dash: [6, 4], points: { show: false } },
      {
        scale: 'stalls',
        stroke: colours.warn,
        width: 0,
        fill: faded(colours.warn, 0.6),
        points: { show: false },
        ...(bars === undefined ? {} : { paths: bars }),
      },
    ],
    hooks: { drawClear: [(self) => drawDropoffs(self, dropoffs, colours)] },
  };
}

/** A band behind the curve, numbered as the list below numbers them. */
function drawDropoffs(self: Plotter, dropoffs: readonly Dropoff[], colours: Colours): void {
  const { ctx, bbox } = self;
  ctx.save();
  ctx.textAlign = 'center';
  ctx.font = `600 ${12 * devicePixelRatio}px system-ui, sans-serif`;
  for (const [index, { fromSeconds, toSeconds }] of dropoffs.entries()) {
    const from = self.valToPos(fromSeconds - 0.5, 'x', true);
    const to = Math.max(from + 6 * devicePixelRatio, self.valToPos(toSeconds - 0.5, 'x', true));
    ctx.fillStyle = faded(colours.bad, 0.16);
    ctx.fillRect(from, bbox.top, to - from, bbox.height);
    ctx.fillStyle = colours.bad;
    ctx.fillText(String(index + 1), (from + to) / 2, bbox.top - 7 * devicePixelRatio);
  }
  ctx.restore();
}

function readingOf(retention: Retention, curve: CurveName, at: number | null): string {
  if (at === null) return 'Point at the curve, or move the slider, to read a second.';
  const [point, left] = [retention.curve[at], retention.survival[at]];
  const stalls = retention.stalls.find(({ atSeconds }) => atSeconds === at)?.stalls ?? 0;
  const value = curve === 'coverage' ? point?.share : left?.share;
  const other = retention.comparison && sharesOf(retention.comparison, curve)[at];
  return [
    clock(at),
    `${share(value)} ${curve === 'coverage' ? 'played it' : 'still there'}`,
    ...(other === undefined ? [] : [`${share(other)} compared`]),
    curve === 'coverage' ? `${whole(point?.viewers)} views` : `${whole(left?.left)} of ${whole(left?.atRisk)} left`,
    ...(curve === 'coverage' && point !== undefined && point.plays > point.viewers
      ? [`${whole(point.plays - point.viewers)} watched it again`]
      : []),
    ...(stalls === 0 ? [] : [`${whole(stalls)} ${stalls === 1 ? 'stall' : 'stalls'}`]),
  ].join(' · ');
}

/** For who does not see it. */
function summaryOf(retention: Retention, curve: CurveName, dropoffs: readonly Dropoff[]): string {
  const shares = sharesOf(retention, curve);
  const half = shares[Math.floor(shares.length / 2)];
  const name = curve === 'coverage' ? 'Share of views that played each second' : 'Share of viewers still there';
  return `${name}: ${share(shares[0])} at the start, ${share(half)} half way, ${share(shares.at(-1))} at the end. ${dropoffs.length} drop-offs. All values are in the table below.`;
}
