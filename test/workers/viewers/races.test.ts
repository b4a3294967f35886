import { beforeAll, describe, expect, test } from 'vitest';
import type { UnlockWire } from '#core/catalog/feed-wire.ts';
import { statusOf } from '../support/http.ts';
import { createSeries, publishedEpisode } from '../support/library.ts';
import { newViewerId, viewerToken } from '../support/tokens.ts';
import { access, credit, ledger, sendCredit, sendMyUnlock, sendUnlock, wallet } from '../support/viewers.ts';

let first = '';
let second = '';
beforeAll(async () => {
  const series = await createSeries({ coinPrice: 10 });
  first = (await publishedEpisode(series.id, 1)).id;
  second = (await publishedEpisode(series.id, 2)).id;
});

const FIFTY = Array.from({ length: 50 }, (_, index) => index);
const count = (values: readonly number[], value: number): number => values.filter((each) => each === value).length;

describe('fifty unlocks at the same moment', () => {
  test('of one episode with different keys take the price once', async () => {
    const viewer = newViewerId();
    await credit(viewer, 1_000);
    const answers = await Promise.all(FIFTY.map(() => sendUnlock(viewer, first)));
    const unlocks = await Promise.all(answers.map(async (answer) => (await answer.json()) as UnlockWire));
    expect(new Set(unlocks.map((unlock) => unlock.id)).size).toBe(1);
    expect(unlocks.filter((unlock) => !unlock.alreadyUnlocked)).toHaveLength(1);
    expect(
      count(
        answers.map((answer) => answer.status),
        201,
      ),
    ).toBe(1);
    expect(
      count(
        answers.map((answer) => answer.status),
        200,
      ),
    ).toBe(49);
    expect((await wallet(viewer)).coins).toBe(990);
    expect((await ledger(viewer)).filter((entry) => entry.kind === 'unlock')).toHaveLength(1);
  });

  test('of one episode with one key take the price once, and answer the same each time', async () => {
    const viewer = newViewerId();
    await credit(viewer, 1_000);
    const answers = await Promise.all(FIFTY.map(() => sendUnlock(viewer, first, 'one-key')));
    const bodies = await Promise.all(answers.map((answer) => answer.text()));
    expect(answers.map((answer) => answer.status)).toEqual(FIFTY.map(() => 201));
    expect(new Set(bodies).size).toBe(1);
    expect((await wallet(viewer)).coins).toBe(990);
  });

  test('of two episodes with coins for one open exactly one', async () => {
    const viewer = newViewerId();
    await credit(viewer, 19);
    const statuses = await Promise.all(
      FIFTY.map(async (index) => statusOf(await sendUnlock(viewer, index % 2 ? first : second))),
    );
    const open = (await Promise.all([first, second].map((id) => access(viewer, id)))).filter(
      (decision) => decision.access === 'full',
    );
    expect(open).toHaveLength(1);
    expect(count(statuses, 201)).toBe(1);
    expect(count(statuses, 200)).toBe(24);
    expect(count(statuses, 402)).toBe(25);
    expect((await wallet(viewer)).coins).toBe(9);
  });

  test('by the player and by the backend take the price once', async () => {
    const viewer = newViewerId();
    const token = await viewerToken(viewer);
    await credit(viewer, 1_000);
    const statuses = await Promise.all(
      FIFTY.map(async (index) => statusOf(await (index % 2 ? sendUnlock(viewer, first) : sendMyUnlock(token, first)))),
    );
    expect(count(statuses, 201)).toBe(1);
    expect((await wallet(viewer)).coins).toBe(990);
  });
});

describe('fifty credits at the same moment', () => {
  test('with one key give the coins once', async () => {
    const viewer = newViewerId();
    const statuses = await Promise.all(
      FIFTY.map(async () => statusOf(await sendCredit(viewer, { coins: 7, kind: 'paid' }, 'one-key'))),
    );
    expect(statuses).toEqual(FIFTY.map(() => 201));
    expect((await wallet(viewer)).coins).toBe(7);
  });

  test('for one payment under different keys give the coins once', async () => {
    const viewer = newViewerId();
    await Promise.all(
      FIFTY.map(async () => statusOf(await sendCredit(viewer, { coins: 7, kind: 'paid', reference: 'payment-1' }))),
    );
    expect((await wallet(viewer)).coins).toBe(7);
  });

  test('with different keys give the coins fifty times', async () => {
    const viewer = newViewerId();
    await Promise.all(FIFTY.map(async () => statusOf(await sendCredit(viewer, { coins: 7, kind: 'bonus' }))));
    expect(await wallet(viewer)).toMatchObject({ coins: 350, paid: 0, bonus: 350 });
  });
});
