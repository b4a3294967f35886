export interface PreloadTuning {
  readonly idleMs: number;
}

export const TUNING: PreloadTuning = { idleMs: 250 };
