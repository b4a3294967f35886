/** Of a header that is longer the rest is not read: no viewer speaks more. */
const MAX_RANGES = 20;

/**
 * The languages that a viewer wants, best first.
 *
 * @see RFC 9110 12.5.4 (Accept-Language), RFC 4647 2.1 (language ranges)
 */
export function parseAcceptLanguage(header: string | null): string[] {
  return (header ?? '')
    .split(',', MAX_RANGES)
    .map((part, index) => {
      const [range = '', ...parameters] = part.trim().split(/\s*;\s*/);
      const weight = parameters.find((each) => /^q=/i.test(each))?.slice(2) ?? '1';
      return { range, index, weight: /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(weight) ? Number(weight) : 0 };
    })
    .filter(({ range, weight }) => weight > 0 && /^([a-z]{1,8}(-[a-z0-9]{1,8})*|\*)$/i.test(range))
    .toSorted((a, b) => b.weight - a.weight || a.index - b.index)
    .map(({ range }) => range);
}

/**
 * The one of `available` that fits best; null when the default is to be taken. A range is shortened from its end until
 * something has it, and `*` means the default.
 *
 * @see RFC 4647 3.4 (lookup)
 */
export function lookUpLanguage(wanted: readonly string[], available: readonly string[]): string | null {
  for (const range of wanted) {
    if (range === '*') return null;
    const subtags = range.toLowerCase().split('-');
    for (; subtags.length > 0; subtags.pop()) {
      // A single letter begins an extension, which means nothing without what follows it.
      if (subtags.at(-1)?.length === 1) continue;
      const tag = subtags.join('-');
      const found = available.find((language) => language.toLowerCase() === tag);
      if (found !== undefined) return found;
    }
  }
  return null;
}
