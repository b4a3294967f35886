/** What speaks against an import: which playlist, which URI in it, and why. */
export interface Evidence {
  readonly playlist: string;
  readonly uri: string | null;
  readonly reason: string;
}

/** What was left out, and is not needed to play. Recorded with the version. */
export interface ImportWarning {
  readonly code: string;
  readonly detail: string;
}

/** Of the bucket, by key. */
export type ObjectSizes = ReadonlyMap<string, number>;
