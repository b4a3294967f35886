/** What the api Worker's entrypoint `KeySources` answers to other Workers. */
export interface KeySourcesRpc {
  /** Asks each JWKS URL that was not asked in the last 30 s, and stores what it names. Never throws for a source that is down. */
  refresh(): Promise<void>;
}
