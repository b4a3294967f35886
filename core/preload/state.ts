/** An episode as the policy sees it. Whatever can not be fetched (no pass, not opened yet) has no playable segment. */
export interface PreloadEpisode {
  readonly durationSeconds: number;
  /** Byte `t` / 255 is the share of viewers who are still there after `t` seconds; null until there are enough views. */
  readonly survival: Uint8Array | null;
  /** Where each segment ends, in the rendition that would be fetched. */
  readonly segmentEndsSeconds: readonly number[];
  /** How many of these the media pass opens: a locked episode's preview, 0 when there is none. */
  readonly playableSegments: number;
  /** Of the same rendition. */
  readonly bytesPerSecond: number;
  /** Segments from the first on that are here or on their way. */
  readonly fetchedSegments: number;
  /** The first frames, where they can be fetched before the rest of the first segment; null where that comes whole. */
  readonly head: PreloadHead | null;
}

export interface PreloadHead {
  /** Of the first segment's bytes. */
  readonly share: number;
  /** The rest can be asked for when it is here. */
  readonly state: 'missing' | 'coming' | 'here';
}

export interface CurrentEpisode extends PreloadEpisode {
  readonly playheadSeconds: number;
  /** What is buffered after the playhead; a segment on its way is not. */
  readonly bufferedSeconds: number;
}

export interface QueuedEpisode extends PreloadEpisode {
  /** A media element holds it. */
  readonly attached: boolean;
}

/** What the device and its owner ask for. The shell maps `effectiveType` 2g to `saveData`. */
export interface PreloadDevice {
  readonly saveData: boolean;
  readonly lowBattery: boolean;
  /** `navigator.deviceMemory`; null where the browser does not say. */
  readonly memoryGb: number | null;
}

export interface PreloadState {
  readonly current: CurrentEpisode;
  /** The episodes after the current one, in the order of the feed. */
  readonly queue: readonly QueuedEpisode[];
  /** Media elements that hold an episode before the current one. */
  readonly attachedBehind: number;
  /** null before the first measurement. */
  readonly bandwidthBps: number | null;
  /** From asking to the first byte. */
  readonly requestSeconds: number;
  /** Transfers of media that have not ended, and what is still to come of them. */
  readonly underWay: { readonly transfers: number; readonly bytes: number };
  readonly device: PreloadDevice;
}

/** `item` 0 is the current episode, 1 the first of the queue. */
export type PreloadAction =
  | { readonly kind: 'fetch'; readonly item: number; readonly segment: number }
  /** The first frames of the first segment; `fetch` of segment 0 brings what is left of it. */
  | { readonly kind: 'head'; readonly item: number }
  /** Give the episode a media element; `evictBehind` elements behind the current episode have to be freed first. */
  | { readonly kind: 'attach'; readonly item: number; readonly evictBehind: number }
  | { readonly kind: 'idle'; readonly ms: number };
