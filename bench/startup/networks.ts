import type { Shape } from './link/link.ts';

export interface Network extends Shape {
  /** RTT in ms / Mbit/s. */
  readonly name: string;
  /** By height: what fits through it. */
  readonly renditionHeight: number;
}

export const NETWORKS: readonly Network[] = [
  { name: '50/10', rttMs: 50, megabitsPerSecond: 10, renditionHeight: 1280 },
  { name: '100/4', rttMs: 100, megabitsPerSecond: 4, renditionHeight: 1280 },
  { name: '200/1.6', rttMs: 200, megabitsPerSecond: 1.6, renditionHeight: 960 },
];
