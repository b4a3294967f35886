/** A platform of a test file's own, with a schedule of seconds, and calls for its webhooks. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startPlatform, type Platform, type PlatformOptions } from '../../../scripts/platform/index.ts';
import { apiFetch } from '../../support/edge.ts';
import { jsonOf } from '../support/http.ts';
import { ownEdge } from '../support/own-edge.ts';

export interface OwnPlatform {
  readonly platform: Platform;
  readonly dataDir: string;
  /** Every line that it logged. */
  readonly lines: readonly string[];
  stop(): Promise<void>;
}

export async function ownPlatform(
  vars: Readonly<Record<string, string>>,
  adapt: NonNullable<PlatformOptions['adapt']> = (workers) => workers,
): Promise<OwnPlatform> {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'cliffhanger-webhooks-'));
  const lines: string[] = [];
  const log = (line: string): void => void lines.push(line);
  const platform = await startPlatform({ port: 0, dataDir, secrets: ownEdge.secrets, demo: false, log, vars, adapt });
  ownEdge.origin = platform.origin;
  return {
    platform,
    dataDir,
    lines,
    async stop() {
      await platform.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

export interface EndpointWire {
  readonly id: string;
  readonly url: string;
  readonly secret: string;
  readonly enabled: boolean;
  readonly events: readonly string[];
  readonly disabledReason?: string;
  readonly previousUntil: string | null;
}

export interface EventWire {
  readonly id: string;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly deliveries: readonly {
    readonly endpointId: string;
    readonly state: string;
    readonly attempts: number;
    readonly lastStatus: number | null;
    readonly lastFailure: string | null;
    readonly nextAttemptAt: string | null;
  }[];
}

export async function createEndpoint(url: string, more: object = {}): Promise<EndpointWire> {
  return jsonOf<EndpointWire>(await apiFetch('/v1/webhook-endpoints', { json: { url, ...more } }), 201);
}

export async function readEndpoint(id: string): Promise<EndpointWire> {
  return jsonOf<EndpointWire>(await apiFetch(`/v1/webhook-endpoints/${id}`));
}

/** The newest first. */
export async function events(): Promise<EventWire[]> {
  return (await jsonOf<{ items: EventWire[] }>(await apiFetch('/v1/webhook-events?limit=100'))).items;
}

/** The delivery of the newest event to this endpoint. */
export async function latestDelivery(endpointId: string): Promise<EventWire['deliveries'][number] | undefined> {
  return (await events()).flatMap(({ deliveries }) => deliveries).find((each) => each.endpointId === endpointId);
}

/** An event in a moment: an episode whose version is there already is taken back and published again. */
export async function publishAgain(episodeId: string): Promise<void> {
  for (const call of ['unpublish', 'publish'])
    await jsonOf(await apiFetch(`/v1/episodes/${episodeId}/${call}`, { method: 'POST' }));
}

export const newPath = (): string => `/${randomUUID()}`;
