/**
 * tus 1.0.0, the resumable upload protocol: what its headers say. @see https://tus.io/protocols/resumable-upload
 */
import { err, ok, type Result } from '../result.ts';

export const TUS_VERSION = '1.0.0';
export const TUS_EXTENSIONS = 'creation,creation-with-upload,expiration,termination,checksum';
export const TUS_CHECKSUMS = 'sha256,sha1';
export const TUS_BODY_TYPE = 'application/offset+octet-stream';

/** Keys and values are few and short: a file's name, its type, where it goes. */
const MAX_METADATA_CHARS = 4_096;
const BASE64_PATTERN = /^[A-Za-z0-9+/]*={0,2}$/;
const SHA256_PATTERN = /^[0-9a-f]{64}$/;

/** Where the upload goes, and what the client says about the file. */
export interface UploadTarget {
  readonly episodeId: string | null;
  /** In place of the episode's id: a series, by id or slug, and the episode's number in it. */
  readonly series: string | null;
  readonly number: number | null;
  readonly filename: string | null;
  readonly filetype: string | null;
  /** Hex. */
  readonly sha256: string | null;
}

/** `key base64,key base64,key`; `decode` makes bytes of base64 and text of them, and throws where that is neither. */
export function parseUploadMetadata(
  header: string,
  decode: (base64: string) => string,
): Result<ReadonlyMap<string, string>, string> {
  const pairs = new Map<string, string>();
  if (header.length > MAX_METADATA_CHARS)
    return err(`Upload-Metadata is longer than ${MAX_METADATA_CHARS} characters.`);
  for (const pair of header.split(',')) {
    const [key = '', value = '', ...rest] = pair.trim().split(' ');
    if (key === '' && header.trim() === '') continue;
    if (!/^[\x21-\x2b\x2d-\x7e]+$/.test(key) || rest.length > 0) return err('Upload-Metadata is not a list of pairs.');
    if (pairs.has(key)) return err(`Upload-Metadata has "${key}" twice.`);
    if (!BASE64_PATTERN.test(value)) return err(`Upload-Metadata: "${key}" is not base64.`);
    try {
      pairs.set(key, decode(value));
    } catch {
      return err(`Upload-Metadata: "${key}" is not UTF-8 in base64.`);
    }
  }
  return ok(pairs);
}

export function readUploadTarget(metadata: ReadonlyMap<string, string>): Result<UploadTarget, string> {
  const episodeId = metadata.get('episodeId') ?? null;
  const series = metadata.get('series') ?? null;
  const number = metadata.get('number') ?? null;
  const sha256 = metadata.get('sha256')?.toLowerCase() ?? null;
  if (episodeId === null && (series === null || number === null))
    return err('Upload-Metadata needs episodeId, or series and number.');
  if (number !== null && !/^[0-9]{1,6}$/.test(number)) return err('Upload-Metadata: number is not a number.');
  if (sha256 !== null && !SHA256_PATTERN.test(sha256)) return err('Upload-Metadata: sha256 is not 64 hex digits.');
  return ok({
    episodeId,
    series,
    number: number === null ? null : Number(number),
    filename: metadata.get('filename')?.slice(0, 255) ?? null,
    filetype: metadata.get('filetype')?.slice(0, 100) ?? null,
    sha256,
  });
}

/** A count of bytes in a header; null for anything else. */
export function parseByteCount(header: string | undefined): number | null {
  return header !== undefined && /^[0-9]{1,15}$/.test(header) ? Number(header) : null;
}

export interface UploadChecksum {
  readonly algorithm: 'SHA-256' | 'SHA-1';
  readonly base64: string;
}

/** What a digest is in base64: 32 bytes or 20, and nothing that only looks like it. */
const ALGORITHMS: ReadonlyMap<string, { readonly algorithm: UploadChecksum['algorithm']; readonly digest: RegExp }> =
  new Map([
    ['sha256', { algorithm: 'SHA-256', digest: /^[A-Za-z0-9+/]{43}=?$/ }],
    ['sha1', { algorithm: 'SHA-1', digest: /^[A-Za-z0-9+/]{27}=?$/ }],
  ]);

/** `sha256 base64`. @see tus 1.0.0, Checksum */
export function parseUploadChecksum(header: string): Result<UploadChecksum, string> {
  const [name = '', base64 = '', ...rest] = header.trim().split(' ');
  const known = ALGORITHMS.get(name);
  if (known === undefined || rest.length > 0) return err(`Upload-Checksum takes ${TUS_CHECKSUMS}.`);
  if (!known.digest.test(base64)) return err(`Upload-Checksum is no ${known.algorithm} in base64.`);
  return ok({ algorithm: known.algorithm, base64 });
}
