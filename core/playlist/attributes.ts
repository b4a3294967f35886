/** One attribute of an attribute-list, unquoted; null when it is absent. @see RFC 8216bis 4.2 */
export function attribute(list: string, name: string): string | null {
  const pattern = /([A-Z0-9-]+)=("[^"]*"|[^",]*)(?:,|$)/g;
  for (let match = pattern.exec(list); match; match = pattern.exec(list)) {
    if (match[1] !== name) continue;
    const value = match[2] ?? '';
    return value.startsWith('"') ? value.slice(1, -1) : value;
  }
  return null;
}
