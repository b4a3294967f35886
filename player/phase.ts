/** Where an episode stands, as its media element tells. */
export type PlaybackPhase = 'idle' | 'starting' | 'playing' | 'buffering' | 'paused' | 'needs-unlock' | 'finished';

export interface Progress {
  readonly positionSeconds: number;
  readonly durationSeconds: number;
  readonly playableSeconds: number;
}

/** What the shown episode's media element says; nothing else writes it. */
export interface PlayerState extends Progress {
  readonly episodeId: string | null;
  readonly phase: PlaybackPhase;
  readonly bufferedSeconds: number;
  readonly muted: boolean;
  readonly rate: number;
}

export const EMPTY_PLAYER: PlayerState = {
  episodeId: null,
  phase: 'idle',
  positionSeconds: 0,
  durationSeconds: 0,
  playableSeconds: 0,
  bufferedSeconds: 0,
  muted: true,
  rate: 1,
};
