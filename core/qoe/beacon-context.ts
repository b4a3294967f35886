/** What a player says of its visit, once a beacon: `context` in the body of `POST /v1/events`. All of it may be missing. */

/**
 * What the viewer has agreed to. `analytics`: to be counted as the same one over a month. `essential`: only what is needed
 * to know that playback works, which ends with the visit. `none`: not even that views belong to one visit.
 */
export const CONSENTS = ['none', 'essential', 'analytics'] as const;
export type Consent = (typeof CONSENTS)[number];

export const AUDIENCES = ['new', 'returning'] as const;
export type Audience = (typeof AUDIENCES)[number];

export interface BeaconContextWire {
  readonly consent?: Consent | undefined;
  /** Of the app around the player. */
  readonly appVersion?: string | undefined;
  /** `name.variant` or as you like: one value, to compare by. */
  readonly experiment?: string | undefined;
  /** `wifi`, `cellular`, `4g`: as the browser names it. */
  readonly connectionType?: string | undefined;
  readonly audience?: Audience | undefined;
}

/** Texts that end up as rows of a table and columns of a file: short, and nothing that a file could take for more. */
export const CONTEXT_TEXT: RegExp = /^[A-Za-z0-9_][\w. +-]{0,39}$/;

export interface ConsentLimits {
  /** `Sec-GPC: 1`. @see the W3C's Global Privacy Control */
  readonly hasGpc: boolean;
  /** The deployment is directed to children (security.md PRV-7). */
  readonly isChildDirected: boolean;
  /** What counts where the player does not tell. */
  readonly otherwise: Consent;
}

/** A signal against being followed wins over a consent that was given earlier. */
export function consentInForce(told: Consent | null, { hasGpc, isChildDirected, otherwise }: ConsentLimits): Consent {
  const consent = told ?? otherwise;
  return consent === 'analytics' && (hasGpc || isChildDirected) ? 'essential' : consent;
}
