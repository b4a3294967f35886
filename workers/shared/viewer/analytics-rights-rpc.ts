/** What the analytics Worker's entrypoint `ViewerRights` does for the api Worker: docs/decisions/027-erasure-and-export.md. */
export interface AnalyticsRightsRpc {
  /** The views that are kept under the viewer's pseudonyms, the oldest first within each series. */
  exportViews(viewerId: string, nowMs: number): Promise<readonly ViewOfSeries[]>;
  /** They stay counted and are nobody's. Can be repeated. */
  forgetViewer(viewerId: string, nowMs: number): Promise<void>;
}

export interface ViewOfSeries {
  readonly seriesId: string;
  readonly startedAtMs: number;
  readonly lastReceivedAtMs: number;
  readonly [member: string]: unknown;
}
