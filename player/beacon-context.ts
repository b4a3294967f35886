/** What is said of the visit with each beacon, and who decides how much of it. */
import type { Audience, BeaconContextWire, Consent } from '../core/qoe/beacon-context.ts';
import { VISITED_KEY } from './limits.ts';

export interface ContextOptions {
  /** What the viewer has agreed to; read with each beacon. Without it the edge's own setting counts. docs/player.md, Privacy */
  readonly consent?: Consent | undefined;
  /** Version of the app, and the variant of its experiment, to compare numbers by. */
  readonly appVersion?: string | undefined;
  readonly experiment?: string | undefined;
}

type Hints = Navigator & {
  readonly connection?: { readonly type?: string; readonly effectiveType?: string };
  readonly globalPrivacyControl?: boolean;
};

/** `options` and no copy of it: a consent may be given, or taken back, while it plays. */
export function createContext(options: ContextOptions): () => BeaconContextWire {
  let audience: Audience | undefined;
  return () => {
    const { consent, appVersion, experiment } = options;
    const { connection, globalPrivacyControl }: Hints = navigator;
    const isCounted = consent === 'analytics' && !globalPrivacyControl;
    if (isCounted) audience ??= visit();
    return {
      consent,
      appVersion,
      experiment,
      connectionType: connection?.type ?? connection?.effectiveType,
      audience: isCounted ? audience : undefined,
    };
  };
}

/** Nothing else of telemetry is remembered on the device, and this only with consent to count viewers. */
function visit(): Audience | undefined {
  try {
    const isKnown = VISITED_KEY in localStorage;
    localStorage.setItem(VISITED_KEY, '1');
    return isKnown ? 'returning' : 'new';
  } catch {
    return undefined;
  }
}
