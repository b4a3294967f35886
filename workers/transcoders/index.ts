import { DurableObject } from 'cloudflare:workers';
import { log } from '#shared/log.ts';
import { startInstances } from './start-instances.ts';

interface TranscodersEnv {
  readonly DB: D1Database;
  readonly INSTANCES: DurableObjectNamespace<TranscoderInstance>;
  readonly EDGE_URL: string;
  readonly MAX_INSTANCES: string;
  readonly TRANSCODER_WEBHOOK_SECRET: string;
}

/** A source that is still on its way from a URL needs no transcoder yet. */
const WAITING = "SELECT count(*) AS waiting FROM jobs WHERE state = 'queued' AND (phase IS NULL OR phase <> 'pulling')";

/** The longest source at a slow pace; what runs longer hangs, and its lease has long lapsed. */
const MAX_INSTANCE_MS = 6 * 3_600_000;

/**
 * One container. It takes one job and ends by itself, so it has no `sleepAfter`, opens no port, and needs nothing of
 * `@cloudflare/containers`, which is about requests to ports.
 */
export class TranscoderInstance extends DurableObject<TranscodersEnv> {
  async start(): Promise<boolean> {
    const { container } = this.ctx;
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
    await this.ctx.storage.setAlarm(Date.now() + MAX_INSTANCE_MS);
    return true;
  }

  override async alarm(): Promise<void> {
    if (this.ctx.container?.running !== true) return;
    log('error', 'transcoder_hangs');
    await this.ctx.container.destroy();
  }
}

export default {
  async scheduled(_controller, env) {
    const slotAt = (index: number) => env.INSTANCES.getByName(`slot-${index}`);
    const row = await env.DB.prepare(WAITING).first<{ waiting: number }>();
    const started = await startInstances(row?.waiting ?? 0, slotAt, Number(env.MAX_INSTANCES));
    if (started > 0) log('info', 'transcoders_started', { started });
  },
} satisfies ExportedHandler<TranscodersEnv>;
