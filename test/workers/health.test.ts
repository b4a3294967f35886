import { expect, test } from 'vitest';
import { apiFetch, edgeFetch, runScheduled } from '../support/edge.ts';

test('GET /health answers 200 and says so', async () => {
  const response = await edgeFetch('/health');
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ ok: true });
});

test('the root API key reads the catalogue, and no key does not', async () => {
  expect((await apiFetch('/v1/series')).status).toBe(200);
  expect((await edgeFetch('/v1/series')).status).toBe(401);
});

test('the cron trigger runs', async () => {
  await expect(runScheduled()).resolves.toBeUndefined();
});
