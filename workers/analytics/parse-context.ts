import { AUDIENCES, CONSENTS, CONTEXT_TEXT, type Audience, type Consent } from '#core/qoe/beacon-context.ts';
import { isRecord } from './parse-fields.ts';

/** As the player told it; null for what it did not tell, or what is not as it should be. */
export interface BeaconContext {
  readonly consent: Consent | null;
  readonly appVersion: string | null;
  readonly experiment: string | null;
  readonly connectionType: string | null;
  readonly audience: Audience | null;
}

export const NO_CONTEXT: BeaconContext = {
  consent: null,
  appVersion: null,
  experiment: null,
  connectionType: null,
  audience: null,
};

export function parseContext(value: unknown): BeaconContext {
  if (!isRecord(value)) return NO_CONTEXT;
  return {
    consent: parseConsent(value['consent']),
    appVersion: text(value['appVersion']),
    experiment: text(value['experiment']),
    connectionType: text(value['connectionType']),
    audience: AUDIENCES.find((known) => known === value['audience']) ?? null,
  };
}

/** One that we do not know is no consent. */
export function parseConsent(value: unknown): Consent | null {
  if (value === undefined || value === null) return null;
  return CONSENTS.find((known) => known === value) ?? 'none';
}

function text(value: unknown): string | null {
  return typeof value === 'string' && CONTEXT_TEXT.test(value) ? value : null;
}
