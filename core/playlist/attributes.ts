/** Where the value of an attribute stands in its list; a quoted one without its quotes. */
export interface AttributeSpan {
  readonly start: number;
  readonly end: number;
}

/**
 * Finds an attribute in one pass from left to right, so that no value, however long or odd, costs more than its
 * length, and a name inside a quoted string is never taken for an attribute.
 *
 * @see RFC 8216bis 4.2 (Attribute Lists)
 */
export function attributeSpan(list: string, name: string): AttributeSpan | null {
  let at = 0;
  while (at < list.length) {
    const equals = list.indexOf('=', at);
    if (equals === -1) return null;
    const isQuoted = list[equals + 1] === '"';
    const start = isQuoted ? equals + 2 : equals + 1;
    const stop = list.indexOf(isQuoted ? '"' : ',', start);
    if (stop === -1 && isQuoted) return null;
    const end = stop === -1 ? list.length : stop;
    if (nameBefore(list, at, equals) === name) return { start, end };
    const comma = isQuoted ? list.indexOf(',', end) : stop;
    if (comma === -1) return null;
    at = comma + 1;
  }
  return null;
}

/** Some encoders put a space after the comma, or an item without a value before it. */
function nameBefore(list: string, at: number, equals: number): string {
  const text = list.slice(at, equals);
  return text.slice(text.lastIndexOf(',') + 1).trim();
}

/** One attribute of an attribute-list, unquoted; null when it is absent. @see RFC 8216bis 4.2 */
export function attribute(list: string, name: string): string | null {
  const span = attributeSpan(list, name);
  return span && list.slice(span.start, span.end);
}
