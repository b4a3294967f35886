/** `core` has no Date: a clock could hide behind it. */
const DATE = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d(?:\.\d+)?))?(?:Z|([+-])(\d\d):?(\d\d))?$/;

/** Milliseconds since 1970; null for what is no date. @see RFC 8216bis 4.4.4.6 (ISO 8601 with a time zone, in ms) */
export function parseDateMs(text: string): number | null {
  const match = DATE.exec(text.trim());
  if (match === null) return null;
  const [, year, month, day, hours, minutes, seconds, sign, offsetHours, offsetMinutes] = match;
  const days = daysSinceEpoch(Number(year), Number(month), Number(day));
  const offset = (Number(offsetHours ?? 0) * 60 + Number(offsetMinutes ?? 0)) * (sign === '-' ? -1 : 1);
  return ((days * 24 + Number(hours)) * 60 + Number(minutes) - offset) * 60_000 + Number(seconds ?? 0) * 1_000;
}

/** Years that begin in March put the leap day last; 719,468 days lie between 0000-03-01 and 1970-01-01. */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return (
    era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
  );
}
