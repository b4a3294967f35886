/**
 * What a player says of itself with a segment request, as far as we log it. Values are kept as text after a check of
 * their form; a key that we do not know or a value that is malformed is passed over, as CTA-5004 asks of receivers.
 *
 * @see CTA-5004 (CMCD v1), 2.1 (headers), 2.2 (query argument), 3 (keys)
 */
type CmcdKey = 'sid' | 'cid' | 'br' | 'bl' | 'mtp' | 'rtp' | 'ot' | 'st' | 'bs';
export type CmcdFields = Readonly<Partial<Record<CmcdKey, string>>>;

export const CMCD_HEADERS: readonly string[] = ['CMCD-Request', 'CMCD-Object', 'CMCD-Status', 'CMCD-Session'];

/** A well-behaved report is 300 bytes; what is longer is not read to its end. */
const MAX_CMCD_CHARACTERS = 1_500;

const INTEGER = /^[0-9]{1,9}$/;
const QUOTED_ID = /^"([A-Za-z0-9._~:-]{1,64})"$/;

/** Own ids in `sid` and `cid` only: no spaces, no slashes, so that neither a URL nor a token of three parts fits a log. */
const FORMS: Readonly<Record<CmcdKey, RegExp>> = {
  sid: QUOTED_ID,
  cid: QUOTED_ID,
  br: INTEGER,
  bl: INTEGER,
  mtp: INTEGER,
  rtp: INTEGER,
  ot: /^(?:m|a|v|av|i|c|tt|k|o)$/,
  st: /^[vl]$/,
  bs: /^$/,
};

/** `text` is the argument of the query after its decoding, or the headers' values joined by commas. */
export function parseCmcd(text: string): CmcdFields {
  const fields: Partial<Record<CmcdKey, string>> = {};
  for (const pair of text.slice(0, MAX_CMCD_CHARACTERS).split(',')) {
    const equals = pair.indexOf('=');
    const key = (equals === -1 ? pair : pair.slice(0, equals)).trim();
    if (!isKnown(key)) continue;
    const match = FORMS[key].exec(equals === -1 ? '' : pair.slice(equals + 1).trim());
    // A key without a value is a boolean that is true (`bs`).
    if (match) fields[key] = match[1] ?? (match[0] === '' ? 'true' : match[0]);
  }
  return fields;
}

function isKnown(key: string): key is CmcdKey {
  return Object.hasOwn(FORMS, key);
}
