/** Extensions that the media path knows, with the type that each is served as. @see RFC 8216bis 3.1 to 3.1.4 */
const TYPES: Readonly<Record<string, string>> = {
  m4s: 'video/iso.segment',
  mp4: 'video/mp4',
  ts: 'video/mp2t',
  aac: 'audio/aac',
  ac3: 'audio/ac3',
  mp3: 'audio/mpeg',
  vtt: 'text/vtt; charset=utf-8',
  key: 'application/octet-stream',
};

/** Of our own versions only: nothing imported has these names. */
const IMAGE_TYPES: Readonly<Record<string, string>> = { jpg: 'image/jpeg', webp: 'image/webp' };

const SAME_AS: Readonly<Record<string, string>> = {
  cmfv: 'm4s',
  cmfa: 'm4s',
  cmft: 'm4s',
  m4v: 'mp4',
  m4a: 'mp4',
  webvtt: 'vtt',
  ec3: 'ac3',
};

/** The extension of our name for a Media Segment; one that says nothing is guessed from the EXT-X-MAP. */
export function extensionFor(key: string, hasMap: boolean): string {
  const written = /\.([A-Za-z0-9]{1,8})$/.exec(key)?.[1]?.toLowerCase() ?? '';
  const ours = Object.hasOwn(SAME_AS, written) ? SAME_AS[written] : written;
  return ours !== undefined && ours !== 'key' && Object.hasOwn(TYPES, ours) ? ours : hasMap ? 'm4s' : 'ts';
}

export function contentTypeOf(file: string): string {
  const extension = file.slice(file.lastIndexOf('.') + 1);
  return TYPES[extension] ?? IMAGE_TYPES[extension] ?? 'application/octet-stream';
}
