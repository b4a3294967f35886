/**
 * A body of `application/cmcd`: one event report a line, decoded by the library of the SVTA. What of a report is not as the
 * standard has it counts as not told.
 *
 * @see CTA-5004-B, body definition. Its drafts had JSON too; the standard does not, nor does any player of today
 */
import { decodeCmcd } from '@svta/cml-cmcd';
import { CMCD_STATES, type CmcdEvent } from '#core/cmcd/event.ts';
import { ID_PATTERN } from '#core/id.ts';
import { MAX_ERROR_CHARACTERS } from '#core/qoe/details.ts';
import { err, ok, type Result } from '#core/result.ts';
import { MAX_CMCD_VIEWS, MAX_EVENTS_PER_BEACON, MAX_SEQ, MAX_STALL_MS, MAX_STARTUP_MS } from '../limits.ts';
import { isRecord, isUpTo, type Fields } from '../parse-fields.ts';

/** What one body says of one view. */
export interface CmcdReport {
  /** [sid] */
  readonly session: string;
  /** [cid] */
  readonly episodeId: string;
  readonly events: readonly CmcdEvent[];
}

const SESSION = /^[\w.~:-]{1,64}$/;
const MAX_EPOCH_MS = 1e14;
const MAX_KBPS = 1e7;
const MAX_POSITION_MS = 1e8;

/** `episodeId`: of the pass that came along, for players that are told no content id. */
export function parseCmcdEvents(text: string, episodeId: string | null): Result<CmcdReport[], string> {
  const lines = text.split(/\r?\n/).filter((line) => line !== '');
  if (lines.length === 0) return err('The body holds no event: one CMCD report a line (CTA-5004-B).');
  if (lines.length > MAX_EVENTS_PER_BEACON) return err(`A report carries at most ${MAX_EVENTS_PER_BEACON} events.`);
  const reports = new Map<string, CmcdReport & { readonly events: CmcdEvent[] }>();
  for (const [index, line] of lines.entries()) {
    const fields = decode(line);
    if (fields === null) return err(`Line ${index + 1} is no CMCD (structured field dictionary, RFC 9651).`);
    const { sid, cid = episodeId } = fields;
    const event = readEvent(fields);
    // Of something else, or of nothing that we could name: no mistake of the player's.
    if (event === null || typeof sid !== 'string' || !SESSION.test(sid)) continue;
    if (typeof cid !== 'string' || !ID_PATTERN.test(cid)) continue;
    const report = reports.get(`${sid} ${cid}`) ?? { session: sid, episodeId: cid, events: [] };
    if (reports.size >= MAX_CMCD_VIEWS && !reports.has(`${sid} ${cid}`))
      return err(`A report tells of at most ${MAX_CMCD_VIEWS} views (sid and cid).`);
    report.events.push(event);
    reports.set(`${sid} ${cid}`, report);
  }
  return ok([...reports.values()]);
}

function decode(line: string): Fields | null {
  try {
    return decodeCmcd(line) as Fields;
  } catch {
    return null;
  }
}

/** null without what the standard asks of each report: [ts], and [sn] to tell two of one moment apart. */
function readEvent({ e, ts, sn, sta, pr, pt, br, mtp, bsd, msd, ec }: Fields): CmcdEvent | null {
  if (!isUpTo(ts, MAX_EPOCH_MS)) return null;
  const state = CMCD_STATES.find((known) => known === sta);
  const error = e === 'e' ? nameOf(Array.isArray(ec) ? ec[0] : ec) : null;
  const starvedMs = numbersOf(bsd, MAX_STALL_MS);
  return {
    atMs: ts,
    sequence: isUpTo(sn, MAX_SEQ) ? sn : 0,
    ...(state === undefined ? {} : { state }),
    ...member('rate', numbersOf(pr, 100)),
    ...member('positionMs', numbersOf(pt, MAX_POSITION_MS)),
    ...member('bitrateKbps', numbersOf(br, MAX_KBPS)),
    ...member('throughputKbps', numbersOf(mtp, MAX_KBPS)),
    ...member('startDelayMs', numbersOf(msd, MAX_STARTUP_MS)),
    ...(starvedMs.length === 0 ? {} : { starvedMs }),
    ...(error === null ? {} : { error }),
  };
}

/** Of a list by kind of object the largest is the picture's. */
function member<Name extends string>(name: Name, values: readonly number[]): { [name in Name]?: number } {
  return values.length === 0 ? {} : ({ [name]: Math.max(...values) } as { [name in Name]?: number });
}

/** A number, an item with parameters, or an inner list of either. */
function numbersOf(value: unknown, max: number): number[] {
  const items: unknown[] = Array.isArray(value) ? value.slice(0, 10) : [value];
  return items.map((item) => (isRecord(item) ? item['value'] : item)).filter((item) => isUpTo(item, max));
}

/** As our own players name errors; never a URL. */
function nameOf(value: unknown): string | null {
  const text = isRecord(value) ? value['value'] : value;
  const isName = typeof text === 'string' && text.length <= MAX_ERROR_CHARACTERS && /^[\w. -]+$/.test(text);
  return isName ? text : 'error';
}
