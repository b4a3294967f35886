/** What stays the same of a media URL when only the pass differs: bytes that were fetched under one serve the next. */
export function objectKey(url: string): string {
  return /\/m\/[^/]+\/([^?#]+)/.exec(url)?.[1] ?? url;
}

/** Of everything that lies beside this Multivariant Playlist. Ends with a slash. */
export function rootKey(multivariantUrl: string): string {
  const key = objectKey(multivariantUrl).replace(/[?#].*$/, '');
  return key.slice(0, key.lastIndexOf('/') + 1);
}
