import type { JobStage, LeasedJob } from '#core/ingest/transcoder-protocol.ts';
import { type EdgeClient, leaseProof, newMessageId } from './edge-client.ts';
import { PROGRESS_INTERVAL_MS } from './limits.ts';

export interface Heartbeat {
  /** 0 to 1; sent with the next beat. Never goes back. */
  readonly report: (progress: number) => void;
  /** Tells the edge at once where the job stands. */
  readonly enter: (stage: JobStage) => void;
  /** Resolves when no beat is under way any more. */
  readonly stop: () => Promise<void>;
}

export interface HeartbeatRequest {
  readonly edge: EdgeClient;
  readonly job: LeasedJob;
  readonly signal: AbortSignal;
  /**
   * The edge said that another attempt has the job. Its silence says nothing: as long as nobody else was given the job, a beat
   * renews the lease, however late; and who publishes is decided by the fence.
   */
  readonly onLost: () => void;
  readonly intervalMs?: number;
}

/** Tells the edge how far the job is, about once a second, which also extends its lease. */
export function startHeartbeat(request: HeartbeatRequest): Heartbeat {
  const { edge, job, signal, intervalMs = PROGRESS_INTERVAL_MS } = request;
  let progress = 0;
  let stage: JobStage = 'leased';
  let told: JobStage = stage;
  let isStopped = false;
  let underWay: Promise<void> | null = null;

  const beat = async (): Promise<void> => {
    told = stage;
    const data = { ...leaseProof(job), progress, stage };
    const event = { type: 'transcode.progress', timestamp: new Date().toISOString(), data } as const;
    const receipt = await edge.postEvent(event, newMessageId(), signal);
    if (signal.aborted) return;
    const isStale = receipt.ok ? receipt.value.outcome === 'stale' : receipt.error.reason === 'stale';
    if (!isStale) return;
    clearInterval(timer);
    request.onLost();
  };
  const beatUnlessBeating = (): void => {
    underWay ??= beat().finally(() => {
      underWay = null;
      if (told !== stage && !isStopped && !signal.aborted) beatUnlessBeating();
    });
  };
  const timer = setInterval(beatUnlessBeating, intervalMs);

  return {
    report(share) {
      progress = Math.max(progress, Math.min(1, Math.round(share * 1000) / 1000));
    },
    enter(next) {
      if (next === stage) return;
      stage = next;
      beatUnlessBeating();
    },
    async stop() {
      isStopped = true;
      clearInterval(timer);
      await underWay;
    },
  };
}
