import type { ImportedObject } from '#core/foreign-hls/object-map.ts';

/** One object of the bucket, or a part of one that stands for an object. null when it is not there as it was. */
export interface MediaStore {
  head(): Promise<StoredObject | null>;
  get(): Promise<StoredBody | null>;
}

export type StoredObject = Pick<R2Object, 'size' | 'httpEtag'>;
type StoredBody = StoredObject & { readonly body: ReadableStream };

/** The object under its own key, or what our name for imported HLS stands for. */
export function openStore(media: R2Bucket, key: string, at: ImportedObject | null): MediaStore {
  return at === null ? { head: () => media.head(key), get: () => media.get(key) } : importedStore(media, at);
}

/**
 * Where our name stands for a range of a file, the range is all there is, and no Range header reaches beyond it. A file
 * that was replaced since the import is as one that is gone: its bytes would not fit the playlist, nor what others have.
 */
function importedStore(media: R2Bucket, { key, offset, sizeBytes, etag }: ImportedObject): MediaStore {
  const name = (httpEtag: string): string =>
    offset === null ? httpEtag : httpEtag.replace(/"$/, `-${offset}-${sizeBytes}"`);
  const same = etag === undefined ? {} : { onlyIf: { etagMatches: etag } };
  return {
    async head() {
      const object = await media.head(key);
      const isSame = object !== null && (etag === undefined || object.etag === etag);
      return isSame ? { size: sizeBytes, httpEtag: name(object.httpEtag) } : null;
    },
    async get() {
      const range = { offset: offset ?? 0, length: sizeBytes };
      const object = await media.get(key, { range, ...same });
      // Without a body where the condition does not hold.
      if (object === null || !('body' in object)) return null;
      return { size: sizeBytes, httpEtag: name(object.httpEtag), body: object.body };
    },
  };
}
