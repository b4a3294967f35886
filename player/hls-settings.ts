/** hls.js as measured in notes/playback.md 3.1: the defaults cost 245 ms to the first frame where these cost 71. */
import type { HlsConfig } from 'hls.js';
import { MOST_BUFFER_SECONDS, WARM_BUFFER_SECONDS } from './limits.ts';

export function hlsSettings(bandwidthBps: number, licenseUrl: string | null): Partial<HlsConfig> {
  const retry = { maxNumRetry: 2, retryDelayMs: 0, maxRetryDelayMs: 500, backoff: 'linear' as const };
  return {
    // fMP4 passes through untouched: a worker only adds its boot time (and a `worker-src` to the CSP).
    enableWorker: false,
    // Otherwise the first segment waits for the next 100 ms tick after attaching.
    startFragPrefetch: true,
    // No trial segment on the lowest rung: we say where to start.
    testBandwidth: false,
    // Of our own measure, over all episodes; hls.js would start each one to guess anew.
    abrEwmaDefaultEstimate: bandwidthBps,
    startPosition: 0,
    // The byte goal must not override the goal in seconds.
    maxBufferSize: 1,
    maxBufferLength: WARM_BUFFER_SECONDS,
    maxMaxBufferLength: MOST_BUFFER_SECONDS,
    backBufferLength: 10,
    capLevelToPlayerSize: true,
    maxDevicePixelRatio: MAX_PIXEL_RATIO,
    ...(licenseUrl === null ? {} : { emeEnabled: true, drmSystems: { 'org.w3.clearkey': { licenseUrl } } }),
    // A swipe feed can't wait 10 s for a first byte.
    fragLoadPolicy: {
      default: {
        maxTimeToFirstByteMs: 4000,
        maxLoadTimeMs: 20_000,
        timeoutRetry: { ...retry },
        errorRetry: {
          ...retry,
          retryDelayMs: 250,
          shouldRetry: (_config, count, timedOut, response) => {
            // A lapsed or revoked pass stays refused: renew it instead of asking again.
            const status = response?.code ?? 0;
            if (!timedOut && status >= 400 && status < 500) return false;
            return count < retry.maxNumRetry;
          },
        },
      },
    },
  };
}

/** Sharper than this nobody sees a difference in moving pictures. */
const MAX_PIXEL_RATIO = 2;

/** What the screen can show, in its own pixels. */
export function viewportPx(): number {
  return innerWidth * Math.min(devicePixelRatio, MAX_PIXEL_RATIO);
}
