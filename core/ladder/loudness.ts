/** What episodes are brought to, integrated over the whole (EBU R 128): phones in noisy places. */
export const TARGET_LUFS = -16;
/** Quieter than this is silence with noise in it, and stays what it is. */
export const SILENT_LUFS = -60;
/** A whisper may be made audible; more would show the noise of the room. */
const MAX_GAIN_DB = 20;
/** Louder masters are clipped or squeezed already, and turning them down does not mend that. */
export const LOUD_LUFS = -9;

/**
 * One gain for the whole track, null for silence and for what could not be measured. Static, because a loudness filter that
 * rides the level makes a cliffhanger's pause as loud as its scream.
 */
export function levellingGainDb(integratedLufs: number | null): number | null {
  if (integratedLufs === null || !Number.isFinite(integratedLufs) || integratedLufs <= SILENT_LUFS) return null;
  return Math.min(MAX_GAIN_DB, TARGET_LUFS - integratedLufs);
}
