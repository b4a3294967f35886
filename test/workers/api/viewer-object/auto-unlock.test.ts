import { describe, expect, test } from 'vitest';
import { audit, creditOf, dump, inside, newViewer, NOW_MS, unlockOf, type ViewerStub } from './support/viewer.ts';

const DAY_MS = 86_400_000;

async function viewerWith(coins: number, dailyCapCoins: number, enabled = true): Promise<ViewerStub> {
  const viewer = newViewer();
  await viewer.credit(creditOf(coins));
  await viewer.setAutoUnlock({ enabled, dailyCapCoins, nowMs: NOW_MS });
  return viewer;
}
const coinsOf = async (viewer: ViewerStub): Promise<number> => (await viewer.wallet({ nowMs: NOW_MS })).coins;
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, Math.random() * 10));

describe('automatic unlocks', () => {
  test('are off until the viewer switches them on', async () => {
    const viewer = newViewer();
    await viewer.credit(creditOf(100));
    const before = await dump(viewer);
    expect(await viewer.unlockAutomatically(unlockOf('ep_1', 10))).toEqual({ outcome: 'auto-off' });
    expect(await dump(viewer)).toBe(before);
    expect(await viewer.autoUnlock({ nowMs: NOW_MS })).toEqual({
      enabled: false,
      dailyCapCoins: 0,
      spentTodayCoins: 0,
    });
  });

  test('spend up to the viewer’s limit of a UTC day, and not a coin more', async () => {
    const viewer = await viewerWith(100, 25);
    expect((await viewer.unlockAutomatically(unlockOf('ep_1', 10))).outcome).toBe('unlocked');
    expect((await viewer.unlockAutomatically(unlockOf('ep_2', 10))).outcome).toBe('unlocked');
    const before = await dump(viewer);
    expect(await viewer.unlockAutomatically(unlockOf('ep_3', 10))).toEqual({
      outcome: 'auto-cap',
      auto: { enabled: true, dailyCapCoins: 25, spentTodayCoins: 20 },
    });
    expect(await dump(viewer)).toBe(before);
    expect((await viewer.unlockAutomatically(unlockOf('ep_4', 5))).outcome).toBe('unlocked');
    const midnight = NOW_MS - (NOW_MS % DAY_MS) + DAY_MS;
    expect((await viewer.unlockAutomatically(unlockOf('ep_3', 10, { nowMs: midnight - 1 }))).outcome).toBe('auto-cap');
    expect((await viewer.unlockAutomatically(unlockOf('ep_3', 10, { nowMs: midnight }))).outcome).toBe('unlocked');
    expect(await audit(viewer)).toEqual([]);
  });

  test('leave what the viewer unlocks by hand out of the limit', async () => {
    const viewer = await viewerWith(100, 10);
    await viewer.unlock(unlockOf('ep_1', 50));
    expect((await viewer.unlockAutomatically(unlockOf('ep_2', 10))).outcome).toBe('unlocked');
    expect((await viewer.unlock(unlockOf('ep_3', 30))).outcome).toBe('unlocked');
  });

  test('twenty at the same moment never exceed the limit', async () => {
    const viewer = await viewerWith(1_000, 35);
    const replies = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        await pause();
        return viewer.unlockAutomatically(unlockOf(`ep_${index}`, 10));
      }),
    );
    expect(replies.filter(({ outcome }) => outcome === 'unlocked')).toHaveLength(3);
    expect(replies.filter(({ outcome }) => outcome === 'auto-cap')).toHaveLength(17);
    expect(await coinsOf(viewer)).toBe(970);
    expect(await audit(viewer)).toEqual([]);
  });

  test('are answered again under their key, also once the limit is reached or the switch is off', async () => {
    const viewer = await viewerWith(100, 10);
    const request = unlockOf('ep_1', 10);
    await viewer.unlockAutomatically(request);
    expect((await viewer.unlockAutomatically(request)).outcome).toBe('replayed');
    await viewer.setAutoUnlock({ enabled: false, dailyCapCoins: 0, nowMs: NOW_MS });
    expect((await viewer.unlockAutomatically(request)).outcome).toBe('replayed');
    expect((await viewer.unlockAutomatically(unlockOf('ep_1', 10))).outcome).toBe('owned');
    expect((await viewer.unlockAutomatically(unlockOf('ep_2', 10))).outcome).toBe('auto-off');
    expect(await coinsOf(viewer)).toBe(90);
  });

  test('that were refused go through with the same key once the viewer allows more', async () => {
    const viewer = await viewerWith(100, 5);
    const request = unlockOf('ep_1', 10);
    expect((await viewer.unlockAutomatically(request)).outcome).toBe('auto-cap');
    await viewer.setAutoUnlock({ enabled: true, dailyCapCoins: 10, nowMs: NOW_MS });
    expect((await viewer.unlockAutomatically(request)).outcome).toBe('unlocked');
  });

  test('say that coins are short only to who may spend them', async () => {
    const viewer = await viewerWith(5, 100);
    expect(await viewer.unlockAutomatically(unlockOf('ep_1', 10))).toEqual({ outcome: 'insufficient', balance: 5 });
    await viewer.setAutoUnlock({ enabled: false, dailyCapCoins: 100, nowMs: NOW_MS });
    expect((await viewer.unlockAutomatically(unlockOf('ep_1', 10))).outcome).toBe('auto-off');
  });

  test('past the limit are refused by the database itself', async () => {
    const viewer = await viewerWith(100, 25);
    await viewer.unlockAutomatically(unlockOf('ep_1', 20));
    await inside(viewer, (sql) => {
      for (const statement of [
        `INSERT INTO auto_unlocks VALUES ('unl_x', 6, ${NOW_MS})`,
        'UPDATE auto_unlocks SET coins = 0',
        'DELETE FROM auto_unlocks',
      ])
        expect(() => sql.exec(statement)).toThrow(/automatic unlocks/);
      sql.exec('UPDATE auto_unlock SET enabled = 0');
      expect(() => sql.exec(`INSERT INTO auto_unlocks VALUES ('unl_x', 1, ${NOW_MS})`)).toThrow(/automatic unlocks/);
    });
  });
});
