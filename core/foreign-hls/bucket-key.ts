import { err, ok, type Result } from '../result.ts';

/**
 * The bucket key that a URI of a playlist names, the bucket's root being the host's. Only what lies below `prefix` is
 * anybody's to import: nothing of another version, of a source, or of another host.
 *
 * @see RFC 3986 5.2 (Relative Resolution)
 */
export function bucketKey(playlistKey: string, uri: string, prefix: string): Result<string, string> {
  if (/^[A-Za-z][A-Za-z0-9+.-]*:/.test(uri)) return err('is not in the bucket: it names a scheme or another host');
  if (uri.startsWith('//')) return err('is not in the bucket: it names another host');
  const path = decoded(uri.replace(/[?#].*$/s, ''));
  if (path === null || path === '') return err('cannot be read as a path');
  const base = path.startsWith('/') ? '' : playlistKey.slice(0, playlistKey.lastIndexOf('/') + 1);
  const key = withoutDots(base + path);
  if (key === null || !key.startsWith(prefix) || key === prefix) return err(`leads out of ${prefix}`);
  return ok(key);
}

function decoded(path: string): string | null {
  try {
    const text = decodeURIComponent(path);
    return /[\p{Cc}\\]/u.test(text) ? null : text;
  } catch {
    return null;
  }
}

/** null when the dots climb above the root. */
function withoutDots(path: string): string | null {
  const kept: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') kept.push(part);
    else if (kept.pop() === undefined) return null;
  }
  return kept.join('/');
}
