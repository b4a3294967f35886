import type { PreloadAction, PreloadState } from './state.ts';
import { type PreloadTuning, TUNING } from './tuning.ts';

/** What to do next, asked again whenever an action is done, on a swipe, and after an idle time. */
export function planPreload(state: PreloadState, tuning: PreloadTuning = TUNING): PreloadAction {
  void state;
  return { kind: 'idle', ms: tuning.idleMs };
}
