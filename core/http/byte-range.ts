/** What a Range header asks of a representation of so many bytes. @see RFC 9110 14.1.2, 14.2 */
export type ByteRange =
  | { readonly kind: 'bytes'; readonly first: number; readonly last: number }
  /** Several ranges, another unit or nonsense: a server may answer with everything. */
  | { readonly kind: 'ignored' }
  | { readonly kind: 'unsatisfiable' };

export function parseByteRange(header: string, sizeBytes: number): ByteRange {
  const match = /^bytes=(?:(\d{1,15})-(\d{0,15})|-(\d{1,15}))$/.exec(header.trim());
  if (!match) return { kind: 'ignored' };
  const [, firstText, lastText, suffixText] = match;
  if (suffixText !== undefined) {
    const length = Math.min(Number(suffixText), sizeBytes);
    return length === 0 ? { kind: 'unsatisfiable' } : { kind: 'bytes', first: sizeBytes - length, last: sizeBytes - 1 };
  }
  const first = Number(firstText);
  const last = lastText === undefined || lastText === '' ? sizeBytes - 1 : Math.min(Number(lastText), sizeBytes - 1);
  if (lastText !== undefined && lastText !== '' && Number(lastText) < first) return { kind: 'ignored' };
  return first >= sizeBytes ? { kind: 'unsatisfiable' } : { kind: 'bytes', first, last };
}
