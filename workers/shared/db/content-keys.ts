import type { ContentKeyScheme, StoredContentKey } from '#core/token/content-key.ts';
import { readBinding } from '../binding-call.ts';

/**
 * The sealed key of one version; null for a version in the clear, for one whose asset was deleted, and for one whose key
 * is a key server's: its licenses are the only way to that.
 */
export async function findStoredContentKey(db: D1Database, version: string): Promise<StoredContentKey | null> {
  return readBinding('catalogue', () =>
    db
      .prepare('SELECT scheme, sealed FROM content_keys WHERE version = ? AND signalling IS NULL')
      .bind(version)
      .first<{ scheme: ContentKeyScheme; sealed: string }>(),
  );
}
