/**
 * What players tell of themselves is free text, and each value of a dimension is a part of its hour's row, which holds 2 MB: of a
 * day so many values of a dimension are known, the ones that came first, and all others are `other`. A view is stored, and so
 * taken out again, with what it was counted as.
 */
import type { ReceivedView } from '#core/qoe/receive-event.ts';
import type { ViewRecord } from '#core/qoe/view-record.ts';
import { MAX_VALUES_OF_DIMENSION } from '../limits.ts';
import { dayOf } from './time.ts';

/** The others are few by nature: countries, kinds of devices, and lists of ours. */
const FREE = ['os', 'browser', 'connectionType', 'appVersion', 'experiment'] as const;

const OTHER = 'other';

/** Of one fold, within its transaction. */
export class KnownValues {
  readonly #sql: SqlStorage;
  readonly #known = new Map<string, Set<string>>();

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  bounded(received: ReceivedView): ReceivedView {
    const { view } = received;
    const day = dayOf(view.startedAtMs);
    const dimensions: { -readonly [name in keyof ViewRecord['dimensions']]: string | null } = { ...view.dimensions };
    for (const name of FREE) {
      const value = dimensions[name];
      if (value !== null && !this.#isKnown(day, name, value)) dimensions[name] = OTHER;
    }
    return { ...received, view: { ...view, dimensions, details: this.#boundedDetails(day, view.details) } };
  }

  /** What stands for a rendition is its height: one too many is not known. */
  #boundedDetails(day: number, details: ViewRecord['details']): ViewRecord['details'] {
    if (details === null) return null;
    const renditions = details.renditions.map((shown) =>
      shown.heightPx === null || this.#isKnown(day, 'rendition', String(shown.heightPx))
        ? shown
        : { ...shown, heightPx: null },
    );
    return { ...details, renditions };
  }

  #isKnown(day: number, dimension: string, value: string): boolean {
    if (value === OTHER) return true;
    const known = this.#of(day, dimension);
    if (known.has(value)) return true;
    if (known.size >= MAX_VALUES_OF_DIMENSION) return false;
    known.add(value);
    this.#sql.exec('INSERT INTO known_values (day, dimension, value) VALUES (?, ?, ?)', day, dimension, value);
    return true;
  }

  #of(day: number, dimension: string): Set<string> {
    const key = `${day} ${dimension}`;
    const cached = this.#known.get(key);
    if (cached !== undefined) return cached;
    const select = 'SELECT value FROM known_values WHERE day = ? AND dimension = ?';
    const rows = this.#sql.exec<{ value: string }>(select, day, dimension).toArray();
    const known = new Set(rows.map(({ value }) => value));
    this.#known.set(key, known);
    return known;
  }
}
