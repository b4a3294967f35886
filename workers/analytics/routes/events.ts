import { Hono } from 'hono';
import type { BeaconMessage } from '#core/qoe/beacon-message.ts';
import type { ViewEventWire } from '#core/qoe/beacon-wire.ts';
import { err, ok, type Result } from '#core/result.ts';
import { callBinding } from '#shared/binding-call.ts';
import { problemResponse } from '#shared/http/problem.ts';
import { overLimit, RATE_LIMITS } from '#shared/http/rate-limit.ts';
import { readBounded } from '#shared/http/read-bounded.ts';
import { foldCmcd } from '../cmcd/fold-cmcd.ts';
import { parseCmcdEvents } from '../cmcd/parse-cmcd.ts';
import { MAX_BEACON_BYTES } from '../limits.ts';
import { messagesOf, type Received } from '../messages.ts';
import { parseBeacon } from '../parse-beacon.ts';
import { NO_CONTEXT, parseConsent, type BeaconContext } from '../parse-context.ts';
import { findSender, type Sender } from '../sender.ts';

/** Mounted at `/v1/events`. */
export const eventRoutes = new Hono<{ Bindings: AnalyticsEnv }>();

/** Beacons come as text/plain from sendBeacon, with token or pass in the query: it can set no header. */
eventRoutes.post('/', async (c) => {
  const request = c.req.raw;
  const at = { env: c.env, nowMs: Date.now(), waitUntil: (work: Promise<unknown>) => c.executionCtx.waitUntil(work) };
  const found = await findSender(request, at);
  if (!found.ok) return problemResponse(found.error);
  const sender = found.value;
  // Nobody can do anything about a pass that has lapsed, and a page that closes least of all (security.md ANA-3).
  if (sender === null) return c.json({ accepted: 0 }, 202);
  const limited = await overLimit(c.env.BEACON_REQUESTS, sender.viewer, RATE_LIMITS.beaconRequests);
  if (limited !== null) return problemResponse(limited);
  const bytes = await readBounded(request, MAX_BEACON_BYTES);
  if (bytes === null) return problemResponse({ code: 'body-too-large', detail: `At most ${MAX_BEACON_BYTES} bytes.` });
  const told = await read(request, new TextDecoder().decode(bytes), sender, c.env);
  if (!told.ok) return problemResponse({ code: 'invalid-request', detail: told.error });
  const { context, events } = told.value;
  // A pass speaks of its own episode only.
  const own = events.filter(({ episodeId }) => sender.episodeId === null || episodeId === sender.episodeId);
  await send(c.env.BEACONS, { request, env: c.env, nowMs: at.nowMs, sender, context }, own);
  return c.json({ accepted: own.length }, 202);
});

interface Told {
  readonly context: BeaconContext;
  readonly events: readonly ViewEventWire[];
}

/** Our own player's beacon, or the event reports of one that speaks CMCD. */
async function read(request: Request, text: string, sender: Sender, env: AnalyticsEnv): Promise<Result<Told, string>> {
  if (!/^application\/cmcd\b(?!\+)/i.test(request.headers.get('Content-Type') ?? '')) return parseBeacon(text);
  const reports = parseCmcdEvents(text, sender.episodeId);
  if (!reports.ok) return err(reports.error);
  const own = reports.value.filter(({ episodeId }) => sender.episodeId === null || episodeId === sender.episodeId);
  // CMCD has no key for it, so whoever sets up the player says it in the URL of the target.
  const consent = parseConsent(new URL(request.url).searchParams.get('consent'));
  return ok({ context: { ...NO_CONTEXT, consent }, events: await foldCmcd(env, sender.viewer, own) });
}

async function send(queue: Queue, received: Received, events: readonly ViewEventWire[]): Promise<void> {
  if (events.length === 0) return;
  const messages: BeaconMessage[] = await messagesOf(received, events);
  const [first] = messages;
  await callBinding('beacons', () =>
    messages.length === 1 ? queue.send(first) : queue.sendBatch(messages.map((body) => ({ body }))),
  );
}
