import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import type { LeasedContentKey, LeasedJob, TranscodeEvent, UploadRequest } from '#core/ingest/transcoder-protocol.ts';
import { DEFAULT_ENCODING_SETTINGS, type EncodingSettings } from '#core/ladder/settings.ts';

export const TEST_SECRET = `whsec_${Buffer.from('a secret of 32 bytes for tests !').toString('base64')}`;

/** What a test may change about the edge while it runs. */
export interface EdgeBehaviour {
  /** Answer 409 to every event from now on. */
  stale: boolean;
  /** Answer 503 to this many of the next PUTs. */
  failPuts: number;
  /** Store this many of the next PUTs and break the connection before the answer. */
  losePuts: number;
  /** Answer 503 to this many of the next final events. */
  failFinalEvents: number;
  /** `transcode.completed` is not answered: the edge is verifying. */
  holdCompleted: boolean;
  /** No call is answered from now on. */
  isSilent: boolean;
  /** Answer 400 to every `transcode.completed`, as an edge does that takes no such result. */
  refuseCompleted: boolean;
  /** Answer 400 to every request for upload URLs. */
  refuseUploads: boolean;
  /** Bytes of the source that are sent before the connection breaks; null: all. */
  breakSourceAfter: number | null;
}

type FinalEvent = Extract<TranscodeEvent, { type: 'transcode.completed' | 'transcode.failed' }>;

export interface FakeEdge {
  readonly url: string;
  readonly behaviour: EdgeBehaviour;
  /** Queues a source and returns its job id. */
  queue(
    source: Buffer,
    cutPointsSeconds?: readonly number[],
    contentKey?: LeasedContentKey,
    settings?: Partial<EncodingSettings>,
  ): string;
  readonly events: TranscodeEvent[];
  readonly messageIds: string[];
  /** What was put, by path; `playable/…` what is published before the rest. */
  readonly stored: Map<string, { readonly bytes: Buffer; readonly contentType: string }>;
  readonly unsigned: string[];
  /** Calls that came and are not answered, by `holdCompleted`. */
  held(): number;
  /** Resolves with the first event that ends the job. */
  finalEvent(jobId: string): Promise<FinalEvent>;
  close(): Promise<void>;
}

/** The api Worker and its bucket, as far as the transcoder sees them. */
export async function startFakeEdge(): Promise<FakeEdge> {
  const webhook = new Webhook(TEST_SECRET);
  const sources = new Map<string, Buffer>();
  const queued: LeasedJob[] = [];
  const events: TranscodeEvent[] = [];
  const messageIds: string[] = [];
  const unsigned: string[] = [];
  const stored: FakeEdge['stored'] = new Map();
  const behaviour: EdgeBehaviour = {
    stale: false,
    failPuts: 0,
    losePuts: 0,
    failFinalEvents: 0,
    holdCompleted: false,
    isSilent: false,
    breakSourceAfter: null,
    refuseCompleted: false,
    refuseUploads: false,
  };
  let origin = '';
  let held = 0;

  const api = (path: string, body: string): { status: number; json: unknown } => {
    if (path === '/v1/transcoder/leases') {
      const job = queued.shift();
      return job === undefined ? { status: 204, json: null } : { status: 200, json: job };
    }
    if (path === '/v1/transcoder/uploads') {
      const { objects, part } = JSON.parse(body) as UploadRequest;
      const folder = part === undefined ? '' : `${part}/`;
      if (objects.length > 200 || behaviour.refuseUploads) return { status: 400, json: {} };
      const uploads = objects.map(({ path: object, contentType }) => {
        return {
          path: object,
          url: `${origin}/bucket/${folder}${object}?X-Amz-Signature=s3cret`,
          headers: { 'content-type': contentType, 'if-none-match': '*' },
        };
      });
      return { status: 200, json: { uploads } };
    }
    const event = JSON.parse(body) as TranscodeEvent;
    if (behaviour.stale) return { status: 409, json: { outcome: 'stale', leaseSeconds: 0 } };
    const isFinal = event.type === 'transcode.completed' || event.type === 'transcode.failed';
    if (isFinal && behaviour.failFinalEvents-- > 0) return { status: 503, json: {} };
    if (behaviour.refuseCompleted && event.type === 'transcode.completed')
      return { status: 400, json: { code: 'invalid-request', detail: 'objects: too many' } };
    events.push(event);
    return { status: 200, json: { outcome: 'accepted', leaseSeconds: 60 } };
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<unknown> => {
    const url = new URL(request.url ?? '/', origin);
    const source = sources.get(url.pathname);
    if (request.method === 'GET' && source !== undefined) {
      response.writeHead(200, { 'content-length': source.length });
      if (behaviour.breakSourceAfter === null) return response.end(source);
      return response.write(source.subarray(0, behaviour.breakSourceAfter), () => response.destroy());
    }
    const body = await readBody(request);
    if (request.method === 'PUT' && url.pathname.startsWith('/bucket/')) {
      if (behaviour.failPuts-- > 0) return response.writeHead(503).end('slow down');
      const key = url.pathname.slice('/bucket/'.length);
      // As the bucket does: nothing is written twice.
      if (request.headers['if-none-match'] !== '*') return response.writeHead(403).end();
      if (stored.has(key)) return response.writeHead(412).end();
      stored.set(key, { bytes: body, contentType: String(request.headers['content-type']) });
      return behaviour.losePuts-- > 0 ? response.destroy() : response.writeHead(200).end();
    }
    try {
      webhook.verify(body.toString(), request.headers as Record<string, string>);
    } catch {
      unsigned.push(url.pathname);
      return response.writeHead(401).end();
    }
    messageIds.push(String(request.headers['webhook-id']));
    if (behaviour.isSilent) return undefined;
    if (behaviour.holdCompleted && body.includes('"transcode.completed"')) return held++;
    const { status, json } = api(url.pathname, body.toString());
    return response.writeHead(status).end(json === null ? undefined : JSON.stringify(json));
  };
  const server = createServer((request, response) => void handle(request, response));
  origin = await listen(server);

  return {
    url: origin,
    behaviour,
    events,
    messageIds,
    stored,
    unsigned,
    held: () => held,
    queue(source, cutPointsSeconds = [], contentKey, settings = {}) {
      const jobId = `job-${sources.size + 1}`;
      const path = `/sources/${jobId}`;
      sources.set(path, source);
      queued.push({
        jobId,
        attempt: 1,
        fence: `fence-${jobId}`,
        episodeId: 'episode-1',
        leaseSeconds: 60,
        source: { url: `${origin}${path}?X-Amz-Signature=s3cret`, sizeBytes: source.length },
        cutPointsSeconds,
        contentKey: contentKey ?? null,
        settings: { ...DEFAULT_ENCODING_SETTINGS, ...settings },
      });
      return jobId;
    },
    async finalEvent(jobId) {
      for (;;) {
        for (const event of events) {
          const isFinal = event.type === 'transcode.completed' || event.type === 'transcode.failed';
          if (isFinal && event.data.jobId === jobId) return event;
        }
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
