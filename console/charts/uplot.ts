/** Loaded by the pages that have a chart, and by no other. */
import uPlot from 'uplot';

export type { AlignedData, Axis, Options } from 'uplot';
export { uPlot };
