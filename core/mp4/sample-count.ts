import { findBox, readUint32 } from './boxes.ts';

/**
 * Samples of the first track run of a movie fragment; null where there is none.
 *
 * @see ISO/IEC 14496-12 8.8.8
 */
export function sampleCount(chunk: Uint8Array): number | null {
  const run = findBox(chunk, null, 'moof', 'traf', 'trun');
  return run === null ? null : readUint32(chunk, run.start + 4);
}
