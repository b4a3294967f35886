/** A chart that follows its width and the theme. What it shows is told beside it in words and as a table. */
import { useEffect, useRef } from 'preact/hooks';
import { onThemeChange } from '../theme.ts';
import { coloursOf, type Colours } from './colours.ts';
import type * as Charts from './uplot.ts';

export type Plotter = Charts.uPlot;
export type PlotOptions = Omit<Charts.Options, 'width' | 'height'>;

export interface Frame {
  readonly left: number;
  readonly width: number;
}

export interface PlotProps {
  readonly label: string;
  readonly height: number;
  readonly data: Charts.AlignedData;
  /** Painted anew when this is another function. */
  readonly options: (colours: Colours, charts: typeof Charts.uPlot) => PlotOptions;
  /** The position in the data that is pointed at. */
  readonly at?: number | null;
  readonly onPoint?: (index: number | null) => void;
  /** Where the plotting area lies within the element. */
  readonly onFrame?: (frame: Frame) => void;
}

export function Plot(props: PlotProps) {
  const { label, height, data, options, at = null } = props;
  const element = useRef<HTMLDivElement>(null);
  const plotter = useRef<Plotter | null>(null);
  const latest = useRef(props);
  latest.current = props;
  useEffect(() => {
    const within = element.current;
    return within === null ? undefined : paint(within, latest, plotter);
  }, [data, options, height]);
  useEffect(() => pointAt(plotter.current, at), [at]);
  return <div class="chart" ref={element} role="img" aria-label={label} style={{ minHeight: `${height}px` }} />;
}

interface Holder<T> {
  current: T;
}

function paint(within: HTMLElement, latest: Holder<PlotProps>, plotter: Holder<Plotter | null>): () => void {
  let isGone = false;
  const undo: (() => void)[] = [];
  const start = async (): Promise<void> => {
    const { uPlot } = await import('./uplot.ts');
    if (isGone) return;
    const make = (): void => {
      plotter.current?.destroy();
      plotter.current = makePlotter(uPlot, within, latest);
    };
    make();
    undo.push(onThemeChange(make));
    const resized = new ResizeObserver(() => {
      if (plotter.current === null || within.clientWidth === 0) return;
      plotter.current.setSize({ width: within.clientWidth, height: latest.current.height });
      tellFrame(plotter.current, latest);
    });
    resized.observe(within);
    undo.push(() => resized.disconnect());
  };
  // After a deployment the chunk may have another name; the numbers are in the table all the same.
  start().catch(
    () => (within.textContent = 'The chart could not be loaded. Reload the page; its numbers are in the table.'),
  );
  return () => {
    isGone = true;
    for (const each of undo) each();
    plotter.current?.destroy();
    plotter.current = null;
  };
}

function makePlotter(uPlot: typeof Charts.uPlot, within: HTMLElement, latest: Holder<PlotProps>): Plotter {
  const { options, data, height } = latest.current;
  const wanted = options(coloursOf(within), uPlot);
  // Only what a pointer did: a chart that is painted anew has no say in which second is looked at.
  const setCursor = (self: Plotter): void => {
    if (self.cursor.event != null) latest.current.onPoint?.(self.cursor.idx ?? null);
  };
  const hooks = { ...wanted.hooks, setCursor: [setCursor] };
  const made = new uPlot(
    { ...wanted, hooks, width: Math.max(200, within.clientWidth), height, legend: { show: false } },
    data,
    within,
  );
  requestAnimationFrame(() => {
    tellFrame(made, latest);
    pointAt(made, latest.current.at ?? null);
  });
  return made;
}

function tellFrame({ bbox }: Plotter, latest: Holder<PlotProps>): void {
  latest.current.onFrame?.({ left: bbox.left / devicePixelRatio, width: bbox.width / devicePixelRatio });
}

/** From the slider below it; what the mouse points at is where the cursor is anyway. */
function pointAt(plotter: Plotter | null, index: number | null): void {
  if (plotter === null || index === null || plotter.cursor.idx === index) return;
  const x = plotter.data[0][index];
  if (x !== undefined) plotter.setCursor({ left: plotter.valToPos(x, 'x'), top: 10 }, false);
}
