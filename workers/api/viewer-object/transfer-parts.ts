/**
 * A row holds 2 MB, and the transfer of a guest with a few thousand payments is more. Three bytes are the most that a
 * UTF-16 unit takes in UTF-8.
 *
 * @see https://developers.cloudflare.com/durable-objects/platform/limits/
 */
const MAX_PART_CHARS = 400_000;

/** Answers the first part, which stands with the merge; the others are stored behind it. */
export function storeParts(sql: SqlStorage, text: string): string {
  const [first = '', ...others] = partsOf(text);
  for (const [index, part] of others.entries())
    sql.exec('INSERT INTO merge_out_parts (seq, part) VALUES (?, ?)', index + 1, part);
  return first;
}

export function joinParts(sql: SqlStorage, first: string): string {
  const rows = sql.exec<{ part: string }>('SELECT part FROM merge_out_parts ORDER BY seq').toArray();
  return first + rows.map(({ part }) => part).join('');
}

export function forgetParts(sql: SqlStorage): void {
  sql.exec('DELETE FROM merge_out_parts');
}

function partsOf(text: string): string[] {
  const parts: string[] = [];
  for (let from = 0; from < text.length;) {
    const to = from + MAX_PART_CHARS;
    // Half of a surrogate pair is no text: SQLite would store another character.
    const isSplit = to < text.length && isHighSurrogate(text.charCodeAt(to - 1));
    parts.push(text.slice(from, isSplit ? to - 1 : to));
    from += parts.at(-1)?.length ?? 0;
  }
  return parts;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}
