import { describe, expect, test } from 'vitest';
import { inside, newViewer, NOW_MS } from './support/viewer.ts';

const HOUR_MS = 3_600_000;
const term = (version: number, hours: number) => ({
  reference: 'app-store:1',
  version,
  pass: 'vip',
  expiresAtMs: NOW_MS + hours * HOUR_MS,
  nowMs: NOW_MS,
});

describe('the pass that a store renews', () => {
  test('is one grant, and the newest word counts in whichever order the words come', async () => {
    const viewer = newViewer();
    for (const [version, hours] of [
      [2, 20],
      [1, 10],
      [3, 5],
      [3, 50],
    ] as const)
      await viewer.putGrant(term(version, hours));
    const { grants } = await viewer.state({ episodeIds: [], nowMs: NOW_MS });
    expect(grants).toMatchObject([{ scope: 'all', pass: 'vip', expiresAtMs: NOW_MS + 5 * HOUR_MS }]);
  });

  test('that has ended stays ended for an older word', async () => {
    const viewer = newViewer();
    await viewer.putGrant(term(2, -1));
    await viewer.putGrant(term(1, 10));
    expect((await viewer.state({ episodeIds: [], nowMs: NOW_MS })).grants).toEqual([]);
  });

  test('that an operator took away comes back with the next payment', async () => {
    const viewer = newViewer();
    await viewer.putGrant(term(1, 1));
    const [grant] = (await viewer.state({ episodeIds: [], nowMs: NOW_MS })).grants;
    await viewer.revokeGrant({ grantId: grant?.id ?? '', nowMs: NOW_MS });
    await viewer.putGrant(term(1, 1));
    expect((await viewer.state({ episodeIds: [], nowMs: NOW_MS })).grants).toEqual([]);
    await viewer.putGrant(term(2, 2));
    expect((await viewer.state({ episodeIds: [], nowMs: NOW_MS })).grants).toHaveLength(1);
    expect(await inside(viewer, (sql) => sql.exec('SELECT id FROM grants').toArray())).toHaveLength(1);
  });
});
