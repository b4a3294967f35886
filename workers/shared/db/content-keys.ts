import type { ContentKeyScheme, StoredContentKey } from '#core/token/content-key.ts';
import { readBinding } from '../binding-call.ts';

/** The sealed key of one version; null for a version in the clear, and for one whose asset was deleted. */
export async function findStoredContentKey(db: D1Database, version: string): Promise<StoredContentKey | null> {
  return readBinding('catalogue', () =>
    db
      .prepare('SELECT scheme, sealed FROM content_keys WHERE version = ?')
      .bind(version)
      .first<{ scheme: ContentKeyScheme; sealed: string }>(),
  );
}
