import { DurableObject } from 'cloudflare:workers';
import { log, reasonOf } from '#shared/log.ts';
import { startInstances } from './start-instances.ts';

interface TranscodersEnv {
  readonly DB: D1Database;
  readonly INSTANCES: DurableObjectNamespace<TranscoderInstance>;
  readonly EDGE_URL: string;
  readonly MAX_INSTANCES: string;
  readonly TRANSCODER_WEBHOOK_SECRET: string;
}

/** As a lease is given (`leaseJob` in workers/api/db/jobs.ts): what waits for a time, a URL or an older job needs none yet. */
const WAITING = `SELECT count(*) AS waiting FROM jobs WHERE state = 'queued' AND (phase IS NULL OR phase <> 'pulling')
  AND coalesce(not_before_at, 0) <= ?1
  AND NOT (dub IS NOT NULL AND EXISTS (SELECT 1 FROM jobs older WHERE older.episode_id = jobs.episode_id
    AND older.state IN ('queued', 'running') AND (older.created_at, older.id) < (jobs.created_at, jobs.id)))`;

/** The longest source at a slow pace; what runs longer hangs, and its lease has long lapsed. */
const MAX_INSTANCE_MS = 6 * 3_600_000;
/** A Durable Object that nobody asks is evicted after a minute or so, and with it goes its container. */
const WATCH_MS = 30_000;
const STARTED_AT = 'startedAt';

/**
 * One container. It takes one job and ends by itself, so it has no `sleepAfter`, opens no port, and needs nothing of
 * `@cloudflare/containers`, which is about requests to ports. Its alarm keeps it, and so the container, alive meanwhile.
 */
export class TranscoderInstance extends DurableObject<TranscodersEnv> {
  private isWatched = false;

  async start(): Promise<boolean> {
    const { container, storage } = this.ctx;
    if (container === undefined) throw new Error('this Durable Object has no container');
    if (container.running) return false;
    const { EDGE_URL, TRANSCODER_WEBHOOK_SECRET } = this.env;
    container.start({
      // To the edge and to R2. ffmpeg itself is kept from it inside.
      enableInternet: true,
      env: {
        EDGE_URL,
        TRANSCODER_WEBHOOK_SECRET,
        TRANSCODER_ONCE: '1',
        WORKER_ID: `cf-${this.ctx.id.toString().slice(0, 16)}`,
      },
    });
    await storage.put(STARTED_AT, Date.now());
    await storage.setAlarm(Date.now() + WATCH_MS);
    this.watch(container);
    // Also where this object goes away all the same, as with a deployment: the container works on.
    await container.setInactivityTimeout(MAX_INSTANCE_MS);
    return true;
  }

  /** Every half minute while the container runs. */
  override async alarm(): Promise<void> {
    const { container, storage } = this.ctx;
    if (container?.running !== true) return;
    const startedAt = (await storage.get<number>(STARTED_AT)) ?? 0;
    if (Date.now() - startedAt > MAX_INSTANCE_MS) {
      log('error', 'transcoder_hangs');
      return container.destroy();
    }
    await storage.setAlarm(Date.now() + WATCH_MS);
    this.watch(container);
  }

  /** What it ends with is told: a wrong secret, or a kernel without Landlock, would be started anew each minute in silence. */
  private watch(container: Container): void {
    if (this.isWatched) return;
    this.isWatched = true;
    const ended = container.monitor().then(
      () => log('info', 'transcoder_ended'),
      (thrown: unknown) => log('error', 'transcoder_broke', { reason: reasonOf(thrown) }),
    );
    this.ctx.waitUntil(ended.finally(() => (this.isWatched = false)));
  }
}

export default {
  async scheduled(_controller, env) {
    const slotAt = (index: number) => env.INSTANCES.getByName(`slot-${index}`);
    const row = await env.DB.prepare(WAITING).bind(Date.now()).first<{ waiting: number }>();
    const started = await startInstances(row?.waiting ?? 0, slotAt, Number(env.MAX_INSTANCES));
    if (started > 0) log('info', 'transcoders_started', { started });
  },
} satisfies ExportedHandler<TranscodersEnv>;
