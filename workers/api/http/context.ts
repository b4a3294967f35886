import { drizzle, type DrizzleD1Database } from 'drizzle-orm/d1';
import type { Context } from 'hono';
import { newId, type IdPrefix } from '#core/id.ts';
import * as schema from '#shared/db/schema.ts';
import { randomBytes, toBase64url } from '#shared/encoding.ts';

export type Db = DrizzleD1Database<typeof schema>;

/** What every route has at hand; `nowMs` is read once per request, so that one answer has one time. */
export interface ApiVariables {
  readonly db: Db;
  readonly nowMs: number;
  /** In the answer and in the audit log, so that the two can be matched. */
  readonly requestId: string;
  /** Of the operator's key, once it is known; null for other callers. */
  readonly apiKeyId: string | null;
}

export type ApiContext = Context<{ Bindings: ApiEnv; Variables: ApiVariables }>;

export function openDb(database: D1Database): Db {
  return drizzle(database, { schema });
}

/** Cloudflare's own name for the request where there is one: it is in Cloudflare's logs too. */
export function requestIdOf(request: Request): string {
  return request.headers.get('CF-Ray') ?? toBase64url(randomBytes(12));
}

export function makeId(prefix: IdPrefix, nowMs: number): string {
  return newId(prefix, nowMs, randomBytes(16));
}

export function iso(ms: number): string {
  return new Date(ms).toISOString();
}

export function isoOrNull(ms: number | null): string | null {
  return ms === null ? null : iso(ms);
}

/** Says that the answer is that of an earlier request under the same key; the name that Stripe gave it. */
export const IDEMPOTENT_REPLAYED = { 'Idempotent-Replayed': 'true' };
