import { wholeShare } from '../format.ts';
import type { Colours } from './colours.ts';
import type { Axis } from './uplot.ts';

const FONT = '12px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';

/** Faint lines: the data is what should be seen. */
export function axis(colours: Colours, more: Partial<Axis>): Axis {
  const stroke = { stroke: colours.line, width: 1 };
  return { stroke: colours.soft, font: FONT, grid: stroke, ticks: { show: false }, gap: 6, ...more };
}

export function shareAxis(colours: Colours): Axis {
  return axis(colours, { size: 52, values: (_, splits) => splits.map(wholeShare) });
}
