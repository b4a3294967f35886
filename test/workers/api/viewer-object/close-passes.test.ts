/** What closes an episode for a viewer whose caller was lost before it could refuse the passes. @see security.md LED-20 */
import { env } from 'cloudflare:workers';
import { beforeAll, describe, expect, test } from 'vitest';
import { hashViewer } from '../../../../workers/shared/keys/viewer-hash.ts';
import { migratedDb } from './support/database.ts';
import { merge, pair } from './support/merges.ts';
import { bought, chargebackOf, creditOf, newViewer, NOW_MS, refundOf, rentOf, unlockOf } from './support/viewer.ts';

const bindings = env as unknown as ApiEnv;

beforeAll(async () => {
  await migratedDb();
  const run = (statement: string) => env.DB.prepare(statement).run();
  await run(
    "INSERT INTO series (id, slug, title, created_at, updated_at) VALUES ('cp_s', 'cp-s', 'S', 0, 0) ON CONFLICT DO NOTHING",
  );
  for (const number of [1, 2, 3]) {
    await run(
      `INSERT INTO episodes (id, series_id, number, title, created_at, updated_at) VALUES ('cp_${number}', 'cp_s', ${number}, 'E', 0, 0)`,
    );
    await run(`INSERT INTO assets (id, episode_id, created_at) VALUES ('ast_cp${number}', 'cp_${number}', 0)`);
  }
});

/** Which of the viewer's passes are refused. */
async function refused(viewerId: string): Promise<string[]> {
  const { results } = await env.DB.prepare('SELECT asset_id, revoked_at FROM pass_revocations WHERE viewer_hash = ?')
    .bind(await hashViewer(bindings.MASTER_SECRET, viewerId))
    .all<{ asset_id: string; revoked_at: number }>();
  for (const row of results) expect(row.revoked_at).toBeGreaterThanOrEqual(NOW_MS);
  return results.map((row) => row.asset_id).toSorted((a, b) => a.localeCompare(b));
}

const within = { timeout: 50_000, interval: 100 };

describe('passes for what was taken away are refused within ten seconds, though nobody else says so', () => {
  test('after a refund, for that episode alone', async () => {
    const viewerId = crypto.randomUUID();
    const viewer = newViewer(viewerId);
    await viewer.credit(creditOf(30));
    const [first = ''] = await bought(viewer.unlock(unlockOf('cp_1', 10)));
    await viewer.unlock(unlockOf('cp_2', 10));
    await viewer.refund(refundOf(first));
    await expect.poll(() => refused(viewerId), within).toEqual(['ast_cp1']);
  });

  test('after a chargeback that closes what its coins had opened', async () => {
    const viewerId = crypto.randomUUID();
    const viewer = newViewer(viewerId);
    await viewer.credit(creditOf(30, { reference: 'p' }));
    await viewer.unlock(unlockOf('cp_1', 10));
    await viewer.rent(rentOf('cp_2', 4));
    await viewer.chargeback(chargebackOf('p', { policy: 'revoke' }));
    await expect.poll(() => refused(viewerId), within).toEqual(['ast_cp1', 'ast_cp2']);
  });

  test('after a merge: the guest’s, and the viewer’s for what a chargeback closed that had waited with the guest', async () => {
    const both = pair();
    const { viewer, guest, request } = both;
    await viewer.credit(creditOf(30, { reference: 'p' }));
    await viewer.unlock(unlockOf('cp_1', 10));
    await guest.credit(creditOf(30));
    await guest.unlock(unlockOf('cp_2', 10));
    await guest.chargeback(chargebackOf('p', { policy: 'revoke' }));
    await merge(both);
    await expect.poll(() => refused(request.target), within).toEqual(['ast_cp1']);
    await expect.poll(() => refused(request.guest), within).toEqual(['ast_cp2']);
  });
});
