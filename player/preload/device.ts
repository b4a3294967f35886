/** What the device and its owner ask for, as far as the browser tells. */
import type { PreloadDevice } from '../../core/preload/state.ts';

/** Below this share, and not charging, a phone is spared. */
const LOW_BATTERY_LEVEL = 0.2;

interface Battery extends EventTarget {
  readonly charging: boolean;
  readonly level: number;
}

type Hints = Navigator & {
  readonly deviceMemory?: number;
  readonly connection?: { readonly saveData?: boolean; readonly effectiveType?: string };
  readonly getBattery?: () => Promise<Battery>;
};

export interface Device {
  readonly state: PreloadDevice;
}

export function followDevice(): Device {
  const hints = navigator as Hints;
  let battery: Battery | null = null;
  hints.getBattery?.().then(
    (found) => (battery = found),
    // Not allowed here: then it is a full one.
    () => undefined,
  );
  return {
    get state() {
      const { saveData, effectiveType } = hints.connection ?? {};
      return {
        saveData: saveData === true || effectiveType?.endsWith('2g') === true,
        lowBattery: battery !== null && !battery.charging && battery.level <= LOW_BATTERY_LEVEL,
        memoryGb: hints.deviceMemory ?? null,
      };
    },
  };
}
