/** hls.js as measured in notes/playback.md 3.1: the defaults cost 245 ms to the first frame where these cost 71. */
import type { HlsConfig } from 'hls.js';
import { ACTIVE_BUFFER_SECONDS, WARM_BUFFER_SECONDS } from './limits.ts';

/** Bits per second, carried from episode to episode: each new instance would start to guess anew. */
export interface BandwidthMemory {
  estimateBps: number | null;
}

export function hlsSettings(bandwidth: BandwidthMemory): Partial<HlsConfig> {
  const retry = { maxNumRetry: 2, retryDelayMs: 0, maxRetryDelayMs: 500, backoff: 'linear' as const };
  const settings: Partial<HlsConfig> = {
    // fMP4 passes through untouched: a worker only adds its boot time (and a `worker-src` to the CSP).
    enableWorker: false,
    // Otherwise the first segment waits for the next 100 ms tick after attaching.
    startFragPrefetch: true,
    // No trial segment on the lowest rung: the list order and the shared estimate say where to start.
    testBandwidth: false,
    startPosition: 0,
    // The byte goal must not override the goal in seconds.
    maxBufferSize: 1,
    maxBufferLength: WARM_BUFFER_SECONDS,
    maxMaxBufferLength: ACTIVE_BUFFER_SECONDS,
    backBufferLength: 10,
    capLevelToPlayerSize: true,
    maxDevicePixelRatio: 2,
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
  // Left out, hls.js starts at the first variant of the list, which is the edge's choice.
  if (bandwidth.estimateBps !== null) settings.abrEwmaDefaultEstimate = bandwidth.estimateBps;
  return settings;
}
