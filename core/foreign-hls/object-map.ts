import { err, ok, type Result } from '../result.ts';
import type { MediaPass, PassDenial } from '../token/media-pass.ts';

/**
 * `objects.json` of an imported version: which bytes of the bucket each of our names stands for, and how much a pass
 * must cover to open them. Written once at import, read once per isolate by playback.
 */
export interface ObjectMap {
  /** By `v0`, `a0`, `t0`, … */
  readonly renditions: Readonly<Record<string, ImportedRendition>>;
  /** By `v0/0.ts`, `a0/init.mp4`, `v0/0.key`, … */
  readonly objects: Readonly<Record<string, ImportedObject>>;
}

export interface ImportedRendition {
  /** The bits of the Variant Streams that use it: its own for `v{i}`, those that refer to its group for the others. */
  readonly usedBy: number;
  /** For each Media Segment, how many segments of the version a pass must cover to open it. Never falls. */
  readonly opensAt: readonly number[];
}

export interface ImportedObject {
  readonly key: string;
  /** Where in the object it begins; null where it is the whole object. */
  readonly offset: number | null;
  readonly sizeBytes: number;
  /** Of the whole object, as the bucket named it at import; maps of earlier imports have none. */
  readonly etag?: string;
  readonly opensAt: number;
}

/** Whether the pass covers this Rendition, or this object of it. */
export function checkImportedBounds(
  map: ObjectMap,
  pass: MediaPass,
  rendition: string,
  file: string | null,
): Result<ImportedObject | null, PassDenial | { readonly reason: 'unknown_object' }> {
  const found = Object.hasOwn(map.renditions, rendition) ? map.renditions[rendition] : undefined;
  if (found === undefined) return err({ reason: 'unknown_object' });
  if ((pass.renditionMask & found.usedBy) === 0) return err({ reason: 'rendition_not_covered', rendition: -1 });
  if (file === null) return ok(null);
  const name = `${rendition}/${file}`;
  const object = Object.hasOwn(map.objects, name) ? map.objects[name] : undefined;
  if (object === undefined) return err({ reason: 'unknown_object' });
  if (object.opensAt > pass.segmentCount) {
    return err({ reason: 'segment_not_covered', number: object.opensAt - 1, segmentCount: pass.segmentCount });
  }
  return ok(object);
}

/** How many segments of the Rendition a pass for so many segments of the version opens. */
export function openSegmentCount(rendition: ImportedRendition, segmentCount: number): number {
  const firstClosed = rendition.opensAt.findIndex((needed) => needed > segmentCount);
  return firstClosed === -1 ? rendition.opensAt.length : firstClosed;
}
