/** Tables for spreadsheets. @see RFC 4180; security.md ANA-7 */

export type Cell = string | number | boolean | null;

export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
}

/** With the header row, and CRLF behind each record; a cell without a value is empty. */
export function toCsv({ columns, rows }: Table): string {
  return [columns, ...rows].map((row) => `${row.map(field).join(',')}\r\n`).join('');
}

/**
 * A spreadsheet takes a text that begins like this for a formula and runs it; what viewers' players send must not be run on
 * the operator's machine. With the apostrophe it is read as the text that it is. @see OWASP, CSV Injection
 */
const FORMULA = /^[=+\-@\t\r\n]/;
const NEEDS_QUOTES = /[",\r\n]/;

function field(cell: Cell): string {
  if (cell === null) return '';
  // Ours, and no text: -3 is a number to a spreadsheet as well.
  if (typeof cell !== 'string') return String(cell);
  const text = FORMULA.test(cell) ? `'${cell}` : cell;
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
