import { Hono } from 'hono';
import { problemResponse } from '#shared/http/problem.ts';
import { eraseViewer } from '../erase-viewer.ts';
import { exportViewer } from '../export-viewer.ts';
import type { ApiVariables } from '../http/context.ts';
import { requireViewerId } from '../http/guards.ts';
import { refuseErased } from '../http/merged.ts';

/** What the person may ask of the operator: a copy, and to be forgotten. Mounted in viewerRoutes, which asks for the scope. */
export const viewerRightsRoutes = new Hono<{ Bindings: ApiEnv; Variables: ApiVariables }>();

viewerRightsRoutes.get('/:viewerId/export', async (c) => {
  const viewerId = requireViewerId(c);
  await refuseErased(c.env, viewerId);
  const body = await exportViewer(c.env, c.var.db, viewerId, c.var.nowMs);
  return c.json(body, 200, { 'Cache-Control': 'no-store' });
});

viewerRightsRoutes.delete('/:viewerId', async (c) => {
  const erased = await eraseViewer(c.env, { viewerId: requireViewerId(c), nowMs: c.var.nowMs });
  return erased.ok ? c.body(null, 204) : problemResponse(erased.error);
});
