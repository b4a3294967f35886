import type { TranscodeResult } from './transcoder-protocol.ts';

/** What the bucket has below a version's prefix. */
export interface StoredObject {
  readonly sizeBytes: number;
  /** In hex, as the bucket computed it of what it got; null where it has none. */
  readonly md5: string | null;
}
export type Listing = ReadonlyMap<string, StoredObject>;

/** What is wrong, in words; null: what was reported is there byte for byte, and nothing beside it. */
export function checkListing(listing: Listing, { objects }: TranscodeResult): string | null {
  const reported = new Set<string>();
  for (const { path, sizeBytes, md5 } of objects) {
    const stored = listing.get(path);
    if (stored === undefined) return `${path} is not in the bucket.`;
    if (stored.sizeBytes !== sizeBytes) return `${path} has ${stored.sizeBytes} bytes in the bucket, not ${sizeBytes}.`;
    if (md5 !== undefined && stored.md5 !== null && stored.md5 !== md5)
      return `${path} is not in the bucket as it was sent: its MD5 is ${stored.md5}, not ${md5}.`;
    reported.add(path);
  }
  const unknown = [...listing.keys()].find((path) => !reported.has(path));
  return unknown === undefined ? null : `${unknown} is in the bucket and was not reported.`;
}
