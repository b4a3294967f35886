import { err, ok, type Result } from '../result.ts';
import { PASS_SKEW_SECONDS } from './limits.ts';

/**
 * The media pass: what the edge signs into the path of everything it serves of one version to one session.
 *
 *     /m/{kid}.{exp}.{renditions}.{segments}.{sid}.{tag}/{asset}/{version}/{rendition}/{n}.m4s
 *
 * Numbers are base 36. It stands in the path so that relative URIs inherit it and no segment needs a signature of its
 * own. `renditions` is a bit mask (bit i = `v{i}`, bit 10 = the whole episode); `segments` is how many segments, from the
 * first on, may be fetched, of `v{i}`, `a{i}` and `t{i}` alike: all are cut at the same boundaries.
 */
export interface MediaPass {
  /** Names the signing key: the epoch, days since 1970. */
  readonly kid: number;
  readonly expiresAtSeconds: number;
  readonly renditionMask: number;
  readonly segmentCount: number;
  /** 12 characters that tell sessions apart in logs without naming the viewer. */
  readonly sessionId: string;
}

/** Set in the mask of a pass that opens the episode to its end: what shows all of it, as a storyboard does, needs this. */
export const WHOLE_EPISODE: number = 2 ** 10;

/** Which object of a version a media path names. */
export type MediaObject =
  /** Captions and dubs that were added later are in revisions of it; 0 is what the transcoder wrote. */
  | { readonly kind: 'multivariant'; readonly revision: number }
  | { readonly kind: 'media-playlist'; readonly rendition: number }
  | { readonly kind: 'i-frames'; readonly rendition: number }
  | { readonly kind: 'init'; readonly rendition: number }
  | { readonly kind: 'segment'; readonly rendition: number; readonly number: number }
  /** The start-up bundle of a rung, which is stored nowhere: made of its first objects (core/start/header.ts). */
  | { readonly kind: 'start'; readonly rendition: number }
  | { readonly kind: 'poster' }
  /** Three seconds to look at before anybody pays. */
  | { readonly kind: 'preview'; readonly file: string }
  | { readonly kind: 'storyboard'; readonly file: string }
  /** Sound `a{n}` or captions `t{n}`. Whoever may watch may hear and read: a cap is for pictures. */
  | { readonly kind: 'track-playlist'; readonly rendition: string }
  | { readonly kind: 'track'; readonly rendition: string; readonly file: string }
  /** The version's content key, which the path itself carries sealed: as bytes, or as a Clear Key license. */
  | { readonly kind: 'key'; readonly sealed: string }
  | { readonly kind: 'license'; readonly sealed: string }
  /** Of a version that another encoder wrote (`hls_…`): what it is and whether the pass covers it is in its map. */
  | { readonly kind: 'imported-playlist'; readonly rendition: string }
  | { readonly kind: 'imported'; readonly rendition: string; readonly file: string };

export interface MediaPath {
  readonly pass: MediaPass;
  /** 22 characters of canonical base64url: the first 16 bytes of the HMAC. */
  readonly tag: string;
  readonly assetId: string;
  readonly version: string;
  readonly object: MediaObject;
}

export type PassDenial =
  | { readonly reason: 'pass_expired'; readonly expiresAtSeconds: number; readonly nowSeconds: number }
  | { readonly reason: 'key_retired'; readonly kid: number }
  | { readonly reason: 'rendition_not_covered'; readonly rendition: number }
  | { readonly reason: 'segment_not_covered'; readonly number: number; readonly segmentCount: number };

/** One expression accepts every media path and nothing else: no `%`, no dots to climb, one text for one object. */
const MEDIA_PATH =
  /^\/m\/([0-9a-z]{1,5})\.([0-9a-z]{1,8})\.([0-9a-z]{1,6})\.([0-9a-z]{1,4})\.([A-Za-z0-9_-]{12})\.([A-Za-z0-9_-]{21}[AQgw])\/(ast_[0-9a-z]{26})\/((?:ver|hls)_[0-9a-z]{26})\/(?:(multivariant(?:(?<=\/ver_.{39})-([1-9][0-9]{0,3}))?\.m3u8)|(poster\.jpg)|(?<=\/ver_.{27})(?:(preview\.(?:mp4|webp))|(storyboard\.(?:jpg|vtt))|([A-Za-z0-9_-]{80})\.(key|license)|v([0-9])\/(?:(media\.m3u8)|(iframes\.m3u8)|(init\.mp4)|(start)|(0|[1-9][0-9]{0,3})\.m4s)|([at](?:0|[1-9][0-9]{0,2}))\/(?:(media\.m3u8)|((?<=a[0-9]+\/)(?:init\.mp4|(?:0|[1-9][0-9]{0,3})\.m4s)|(?<=t[0-9]+\/)(?:0|[1-9][0-9]{0,3})\.vtt)))|(?<=\/hls_.{27})([vat][0-9])\/(?:(media\.m3u8)|(init(?:-[1-9][0-9]{0,2})?\.mp4|(?:0|[1-9][0-9]{0,3})\.(?:m4s|ts|mp4|aac|ac3|mp3|vtt|key))))$/;

export function parseMediaPath(pathname: string): MediaPath | null {
  const match = MEDIA_PATH.exec(pathname);
  if (!match) return null;
  const [, kid = '', exp = '', mask = '', segments = '', sessionId = '', tag = '', assetId = '', version = ''] = match;
  const numbers = [kid, exp, mask, segments].map((text) => parseBase36(text));
  const [kidNumber, expiresAtSeconds, renditionMask, segmentCount] = numbers;
  if (kidNumber == null || expiresAtSeconds == null || renditionMask == null || segmentCount == null) return null;
  return {
    pass: { kid: kidNumber, expiresAtSeconds, renditionMask, segmentCount, sessionId },
    tag,
    assetId,
    version,
    object: objectOf(match.slice(9)),
  };
}

/** `groups` are those of the expression behind the version; exactly one arm of it matched. */
function objectOf(groups: readonly (string | undefined)[]): MediaObject {
  const [multivariant, revision, poster, preview, storyboard, sealed, sealedAs, variant, playlist, iFrames, init] =
    groups;
  const [start, number, track, trackPlaylist, trackFile, imported, , importedFile] = groups.slice(11);
  if (multivariant !== undefined) return { kind: 'multivariant', revision: Number(revision ?? 0) };
  if (poster !== undefined) return { kind: 'poster' };
  if (preview !== undefined) return { kind: 'preview', file: preview };
  if (storyboard !== undefined) return { kind: 'storyboard', file: storyboard };
  if (sealed !== undefined) return { kind: sealedAs === 'key' ? 'key' : 'license', sealed };
  if (imported !== undefined) {
    return importedFile === undefined
      ? { kind: 'imported-playlist', rendition: imported }
      : { kind: 'imported', rendition: imported, file: importedFile };
  }
  if (track !== undefined) {
    return trackPlaylist === undefined
      ? { kind: 'track', rendition: track, file: trackFile ?? '' }
      : { kind: 'track-playlist', rendition: track };
  }
  const rendition = Number(variant);
  if (playlist !== undefined) return { kind: 'media-playlist', rendition };
  if (iFrames !== undefined) return { kind: 'i-frames', rendition };
  if (init !== undefined) return { kind: 'init', rendition };
  if (start !== undefined) return { kind: 'start', rendition };
  return { kind: 'segment', rendition, number: Number(number) };
}

/** null for a text that is not the one way to write its number (`007`), so that no two paths name one pass. */
function parseBase36(text: string): number | null {
  const value = Number.parseInt(text, 36);
  return value.toString(36) === text ? value : null;
}

/** What is signed. Newlines cannot occur in any field, so no two passes share an input. */
export function passSigningInput(pass: MediaPass, assetId: string, version: string): string {
  const { kid, expiresAtSeconds, renditionMask, segmentCount, sessionId } = pass;
  return ['mp1', kid, expiresAtSeconds, renditionMask, segmentCount, sessionId, assetId, version].join('\n');
}

/** `/m/{pass}/{asset}/{version}`, to which the paths of a version's objects are appended. */
export function mediaPathPrefix(pass: MediaPass, tag: string, assetId: string, version: string): string {
  const numbers = [pass.kid, pass.expiresAtSeconds, pass.renditionMask, pass.segmentCount];
  return `/m/${numbers.map((value) => value.toString(36)).join('.')}.${pass.sessionId}.${tag}/${assetId}/${version}`;
}

/** Everything but the signature, cheapest first: most abuse ends before a hash is computed. */
export function checkPassBounds(path: MediaPath, nowSeconds: number): Result<true, PassDenial> {
  const { pass, object } = path;
  if (pass.expiresAtSeconds + PASS_SKEW_SECONDS <= nowSeconds) {
    return err({ reason: 'pass_expired', expiresAtSeconds: pass.expiresAtSeconds, nowSeconds });
  }
  const today = passEpoch(nowSeconds);
  if (pass.kid > today + 1 || pass.kid < today - 1) return err({ reason: 'key_retired', kid: pass.kid });
  const { segmentCount } = pass;
  const ends = (number: number): Result<never, PassDenial> =>
    err({ reason: 'segment_not_covered', number, segmentCount });
  switch (object.kind) {
    case 'multivariant':
    case 'poster':
    case 'preview':
    // Decided by `checkImportedBounds`, once the signature held and the version's map is loaded.
    case 'imported':
    case 'imported-playlist':
      return ok(true);
    case 'storyboard':
      return isInMask(pass, WHOLE_EPISODE) ? ok(true) : ends(segmentCount);
    // One key opens all of a version, so whoever may have any segment may have it; the pass still refuses the others.
    case 'key':
    case 'license':
    case 'track-playlist':
      return segmentCount > 0 && pass.renditionMask > 0 ? ok(true) : ends(0);
    case 'track': {
      // An init section has no number, and opens with the first segment.
      const number = Number.parseInt(object.file, 10) || 0;
      return number < segmentCount && pass.renditionMask > 0 ? ok(true) : ends(number);
    }
    case 'media-playlist':
    case 'i-frames':
    case 'init':
    case 'start':
    case 'segment': {
      if (!isInMask(pass, 2 ** object.rendition))
        return err({ reason: 'rendition_not_covered', rendition: object.rendition });
      const number = object.kind === 'segment' ? object.number : object.kind === 'start' ? 0 : -1;
      return number >= segmentCount ? ends(number) : ok(true);
    }
  }
}

/** Not by `&`: a made-up mask may have more than 32 bits. */
export function isInMask({ renditionMask }: MediaPass, bit: number): boolean {
  return Math.floor(renditionMask / bit) % 2 === 1;
}

/** Days since 1970: the pass key changes daily, and the day before and after are still taken. */
export function passEpoch(nowSeconds: number): number {
  return Math.floor(nowSeconds / 86_400);
}

/**
 * Where the object lies in the bucket: made from parsed fields only, no token in it. A key lies nowhere in it, and has
 * a name for logs only, without what seals it; a start-up bundle has one for logs too.
 */
export function storageKey(path: Pick<MediaPath, 'assetId' | 'version' | 'object'>): string {
  const prefix = `a/${path.assetId}/${path.version}/`;
  const { object } = path;
  switch (object.kind) {
    case 'multivariant':
      return prefix + multivariantName(object.revision);
    case 'poster':
      return `${prefix}poster.jpg`;
    case 'preview':
    case 'storyboard':
      return prefix + object.file;
    case 'key':
    case 'license':
      return `${prefix}content.${object.kind}`;
    case 'media-playlist':
      return `${prefix}v${object.rendition}/media.m3u8`;
    case 'i-frames':
      return `${prefix}v${object.rendition}/iframes.m3u8`;
    case 'track-playlist':
    case 'imported-playlist':
      return `${prefix}${object.rendition}/media.m3u8`;
    case 'track':
    case 'imported':
      return `${prefix}${object.rendition}/${object.file}`;
    case 'init':
      return `${prefix}v${object.rendition}/init.mp4`;
    case 'segment':
      return `${prefix}v${object.rendition}/${object.number}.m4s`;
    case 'start':
      return `${prefix}v${object.rendition}/start`;
  }
}

export function multivariantName(revision: number): string {
  return `multivariant${revision === 0 ? '' : `-${revision}`}.m3u8`;
}

/** Whether the version is HLS that another encoder wrote: then `objects.json` says what its names stand for. */
export function isImported(version: string): boolean {
  return version.startsWith('hls_');
}
