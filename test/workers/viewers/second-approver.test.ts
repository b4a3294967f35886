/** Corrections above ADJUSTMENT_APPROVAL_COINS (5,000 here) need two API keys. @see security.md LED-22 */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { apiFetch } from '../../support/edge.ts';
import { expectProblem, jsonOf } from '../support/http.ts';
import { newViewerId } from '../support/tokens.ts';
import { ledger, mergeInto, wallet } from '../support/viewers.ts';

const BODY = { kind: 'bonus', reason: 'a campaign went wrong', actor: 'dana' };

interface Pending {
  readonly id: string;
  readonly state: string;
  readonly madeBy: string;
  readonly decidedBy: string | null;
}

async function anotherKey(): Promise<string> {
  const json = { label: 'second', scopes: ['admin', 'entitlements'] };
  return (await jsonOf<{ key: string }>(await apiFetch('/v1/api-keys', { json }), 201)).key;
}
const by = (key: string) => ({ authorization: `Bearer ${key}` });

function correct(viewer: string, coins: number, key: string = randomUUID()): Promise<Response> {
  const headers = { 'idempotency-key': key };
  return apiFetch(`/v1/viewers/${viewer}/adjustments`, { json: { ...BODY, coins }, headers });
}
const pathOf = (viewer: string, { id }: Pending) => `/v1/viewers/${viewer}/adjustments/${id}`;
const approve = (viewer: string, pending: Pending, headers: Record<string, string> = {}): Promise<Response> =>
  apiFetch(`${pathOf(viewer, pending)}/approve`, { method: 'POST', headers });
const pendingOf = async (viewer: string): Promise<Pending[]> =>
  (await jsonOf<{ items: Pending[] }>(await apiFetch(`/v1/viewers/${viewer}/adjustments`))).items;

describe('a correction above the threshold', () => {
  test('moves nothing until another key approves it, and then once', async () => {
    const viewer = newViewerId();
    const key = randomUUID();
    const sent = await correct(viewer, 5_001, key);
    const pending = await jsonOf<Pending>(sent, 202);
    expect(sent.headers.get('location')).toBe(pathOf(viewer, pending));
    expect(pending).toMatchObject({ ...BODY, coins: 5_001, state: 'pending', decidedBy: null });
    expect(await jsonOf(await correct(viewer, 5_001, key), 202)).toEqual(pending);
    await expectProblem(await correct(viewer, 5_002, key), 'idempotency-key-reused');
    expect(await pendingOf(viewer)).toEqual([pending]);
    await expectProblem(await approve(viewer, pending), 'second-approver-needed');
    expect((await wallet(viewer)).coins).toBe(0);

    const second = by(await anotherKey());
    const answers = await Promise.all(Array.from({ length: 10 }, () => approve(viewer, pending, second)));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
    expect((await wallet(viewer)).coins).toBe(5_001);
    expect((await ledger(viewer)).map(({ kind }) => kind)).toEqual(['adjustment']);
    const [done] = await pendingOf(viewer);
    expect(done).toMatchObject({ state: 'approved', madeBy: pending.madeBy });
    expect(done?.decidedBy).not.toBe(pending.madeBy);
    // The maker's retry is told how it went.
    expect(await jsonOf(await correct(viewer, 5_001, key), 201)).toMatchObject({ coins: 5_001 });
    await expectProblem(await apiFetch(pathOf(viewer, pending), { method: 'DELETE' }), 'adjustment-not-pending');
  });

  test('is not gone under in parts, in whichever direction; what was approved does not count', async () => {
    const viewer = newViewerId();
    await jsonOf(await correct(viewer, 3_000), 201);
    await jsonOf(await correct(viewer, -2_000), 201);
    const pending = await jsonOf<Pending>(await correct(viewer, 1), 202);
    await jsonOf(await approve(viewer, pending, by(await anotherKey())), 201);
    expect((await wallet(viewer)).coins).toBe(1_001);
    const another = newViewerId();
    const large = await jsonOf<Pending>(await correct(another, 9_000), 202);
    await jsonOf(await approve(another, large, by(await anotherKey())), 201);
    await jsonOf(await correct(another, 5_000), 201);
  });

  test('that was withdrawn cannot be approved, nor one that takes more than there is, nor without the scope', async () => {
    const viewer = newViewerId();
    const second = by(await anotherKey());
    const withdrawn = await jsonOf<Pending>(await correct(viewer, 6_000), 202);
    expect((await apiFetch(pathOf(viewer, withdrawn), { method: 'DELETE' })).status).toBe(204);
    expect((await apiFetch(pathOf(viewer, withdrawn), { method: 'DELETE' })).status).toBe(204);
    await expectProblem(await approve(viewer, withdrawn, second), 'adjustment-not-pending');
    const short = await jsonOf<Pending>(await correct(viewer, -6_000), 202);
    await expectProblem(await approve(viewer, short, second), 'conflict');
    await expectProblem(await approve(viewer, { ...short, id: 'adj_none' }, second), 'not-found');
    await expectProblem(await approve(newViewerId(), short, second), 'not-found');
    expect((await wallet(viewer)).coins).toBe(0);
  });

  test('of a guest who became part of a viewer moves nothing any more', async () => {
    const guest = newViewerId();
    const pending = await jsonOf<Pending>(await correct(guest, 6_000), 202);
    await jsonOf(await mergeInto(newViewerId(), guest), 201);
    await expectProblem(await approve(guest, pending, by(await anotherKey())), 'viewer-merged');
  });
});
