/** `v2/media.m3u8` → 2; null for what our transcoder does not write, so that it is dropped rather than let through. */
export function parseMediaUri(uri: string): number | null {
  const match = /^v([0-9])\/[a-z-]+\.m3u8$/.exec(uri);
  return match ? Number(match[1]) : null;
}
