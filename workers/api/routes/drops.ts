import { Hono } from 'hono';
import type { z } from 'zod';
import { ID_PATTERN } from '#core/id.ts';
import { sha256Base64url } from '#shared/encoding.ts';
import { ProblemError } from '#shared/http/problem.ts';
import { findSeries } from '../db/catalog.ts';
import { endScheduledDrop, findDrop, findDropOf, insertDrop, listDrops, type DropRecord } from '../db/drops.ts';
import { checkDrop, type DropReport } from '../drops/check.ts';
import { runDrop } from '../drops/run-due.ts';
import { readJson } from '../http/body.ts';
import { iso, isoOrNull, makeId, type ApiContext, type ApiVariables, type Db } from '../http/context.ts';
import { requireScope } from '../http/guards.ts';
import { idempotent } from '../http/idempotent.ts';
import { readPage } from '../http/paging.ts';
import { IDEMPOTENCY_MEMORY_MS } from '../limits.ts';
import { deliverSoon } from '../webhooks/deliver.ts';
import { dropInput } from './catalog-schemas.ts';

/** Episodes and policies that change together, now or at a moment, or not at all. */
export const dropRoutes = new Hono<{ Bindings: ApiEnv; Variables: ApiVariables }>();
dropRoutes.use(requireScope('catalog'), idempotent());

dropRoutes.post('/', async (c) => {
  if (c.req.query('dryRun') === '1') return rehearse(c);
  const { db, nowMs } = c.var;
  const asked = await readDrop(c);
  // A key whose request ended with an error of ours is free again, and what that request has stored is there.
  const earlier =
    asked.requestSha256 === null ? undefined : await findDropOf(db, asked.requestSha256, nowMs - IDEMPOTENCY_MEMORY_MS);
  const drop = earlier ?? asked;
  const report = await checkDrop(db, drop);
  const isNow = drop.at <= nowMs && drop.state === 'scheduled';
  // One that is for later may be completed until then.
  if (isNow) requireReady(report);
  if (earlier === undefined) await insertDrop(db, drop);
  if (isNow) deliverSoon(c, await runDrop(db, drop, nowMs));
  const stored = await requireDrop(c, drop.id);
  return c.json({ ...dropToWire(stored), preflight: reportToWire(report) }, 201, { Location: `/v1/drops/${drop.id}` });
});

dropRoutes.post('/preflight', rehearse);

/** What is missing; nothing is stored. */
async function rehearse(c: ApiContext): Promise<Response> {
  return c.json(reportToWire(await checkDrop(c.var.db, await readDrop(c))));
}

dropRoutes.get('/', async (c) => {
  const { cursor, limit } = readPage(c);
  if (cursor !== null && !ID_PATTERN.test(cursor))
    throw new ProblemError({ code: 'invalid-request', detail: 'Use the nextCursor of the page before as cursor.' });
  const rows = await listDrops(c.var.db, cursor, limit + 1);
  const items = rows.slice(0, limit);
  return c.json({
    items: items.map(dropToWire),
    nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null,
  });
});

/** A scheduled one comes with the pre-flight as it is now. */
dropRoutes.get('/:drop', async (c) => {
  const drop = await requireDrop(c, c.req.param('drop'));
  if (drop.state !== 'scheduled') return c.json(dropToWire(drop));
  return c.json({ ...dropToWire(drop), preflight: reportToWire(await checkDrop(c.var.db, drop)) });
});

dropRoutes.delete('/:drop', async (c) => {
  const { id } = await requireDrop(c, c.req.param('drop'));
  const cancelled = { state: 'cancelled', failure: null, finishedAt: c.var.nowMs } as const;
  if (!(await endScheduledDrop(c.var.db, id, cancelled))) {
    const { state } = await requireDrop(c, id);
    throw new ProblemError({ code: 'drop-not-scheduled', detail: `The drop is ${state}.`, members: { state } });
  }
  return c.body(null, 204);
});

async function readDrop(c: ApiContext): Promise<DropRecord> {
  const input = await readJson(c.req.raw, dropInput);
  const { at, episodes, policies, requireCaptionLanguages } = input;
  const { nowMs, db, apiKeyId } = c.var;
  const idempotencyKey = c.req.header('Idempotency-Key');
  return {
    id: makeId('drp', nowMs),
    state: 'scheduled',
    at: at == null ? nowMs : Date.parse(at),
    episodes,
    policies: await Promise.all(policies.map((policy) => withSeriesId(db, policy))),
    captionLanguages: requireCaptionLanguages,
    failure: null,
    run: null,
    createdAt: nowMs,
    finishedAt: null,
    requestSha256:
      idempotencyKey === undefined ? null : await sha256Base64url(JSON.stringify([apiKeyId, idempotencyKey, input])),
  };
}

/** A series may be named by its slug, which may be another's by the time of the drop. */
async function withSeriesId<T extends z.infer<typeof dropInput>['policies'][number]>(db: Db, policy: T): Promise<T> {
  if (policy.scope !== 'series') return policy;
  return { ...policy, id: (await findSeries(db, policy.id))?.id ?? policy.id };
}

function requireReady({ missing }: DropReport): void {
  if (missing.length === 0) return;
  throw new ProblemError({
    code: 'drop-not-ready',
    detail: `Nothing was changed. Missing: ${missing.length}; each is listed.`,
    members: { missing },
  });
}

async function requireDrop(c: ApiContext, id: string): Promise<DropRecord> {
  const drop = await findDrop(c.var.db, id);
  if (!drop) throw new ProblemError({ code: 'drop-not-found' });
  return drop;
}

function reportToWire({ missing }: DropReport) {
  return { ready: missing.length === 0, missing };
}

function dropToWire(drop: DropRecord) {
  return {
    id: drop.id,
    state: drop.state,
    at: iso(drop.at),
    episodes: drop.episodes,
    policies: drop.policies,
    requireCaptionLanguages: drop.captionLanguages,
    ...(drop.failure === null ? {} : { failure: { code: 'drop-not-ready', missing: drop.failure } }),
    createdAt: iso(drop.createdAt),
    finishedAt: isoOrNull(drop.finishedAt),
  };
}
