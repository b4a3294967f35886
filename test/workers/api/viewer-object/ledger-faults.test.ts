import { describe, expect, test } from 'vitest';
import { unlockBundle } from '../../../../workers/api/viewer-object/bundle.ts';
import { chargeback } from '../../../../workers/api/viewer-object/chargeback.ts';
import { credit } from '../../../../workers/api/viewer-object/credit.ts';
import { applyMerge, beginMerge } from '../../../../workers/api/viewer-object/merge.ts';
import { refund } from '../../../../workers/api/viewer-object/refund.ts';
import { unlock } from '../../../../workers/api/viewer-object/unlock.ts';
import { audit, creditOf, dump, inside, newViewer, NOW_MS, unlockOf, type ViewerStub } from './support/viewer.ts';

/** The object's storage, whose SQL breaks off at one statement. */
function breakingAt(
  storage: DurableObjectStorage,
  breakAt: number,
  counted: { statements: number },
): DurableObjectStorage {
  const exec = (...parameters: Parameters<SqlStorage['exec']>) => {
    if (counted.statements++ === breakAt) throw new Error('broken off');
    return storage.sql.exec(...parameters);
  };
  return {
    sql: { exec },
    transactionSync: <T>(run: () => T) => storage.transactionSync(run),
  } as unknown as DurableObjectStorage;
}

type Operation = (storage: DurableObjectStorage) => unknown;

/** Runs the operation once for each of its statements, broken off there; nothing may be left of any of them. */
async function breakEverywhere(viewer: ViewerStub, operation: Operation): Promise<number> {
  const before = await dump(viewer);
  for (let breakAt = 0; ; breakAt++) {
    const counted = { statements: 0 };
    const ended = await inside(viewer, (_, storage) => {
      try {
        operation(breakingAt(storage, breakAt, counted));
        return 'whole';
      } catch (thrown) {
        return String(thrown);
      }
    });
    if (ended === 'whole') return breakAt;
    expect(ended).toContain('broken off');
    expect(await dump(viewer), `after statement ${breakAt}`).toBe(before);
    expect(await audit(viewer)).toEqual([]);
  }
}

describe('an operation that breaks off at any of its statements', () => {
  test('leaves nothing of an unlock, lapsed coins included; then the same one goes through', async () => {
    const viewer = newViewer();
    await viewer.credit(creditOf(5, { kind: 'bonus', expiresAtMs: NOW_MS + 1 }));
    await viewer.credit(creditOf(6, { kind: 'bonus' }));
    await viewer.credit(creditOf(20));
    const request = unlockOf('ep_1', 10, { nowMs: NOW_MS + 1 });
    expect(await breakEverywhere(viewer, (storage) => unlock(storage, request))).toBeGreaterThan(10);
    expect((await viewer.unlock(request)).outcome).toBe('replayed');
    expect((await viewer.wallet({ nowMs: NOW_MS + 1 })).coins).toBe(16);
    expect(await audit(viewer)).toEqual([]);
  });

  test('leaves nothing of a credit; then the same one goes through', async () => {
    const viewer = newViewer();
    const request = creditOf(10);
    expect(await breakEverywhere(viewer, (storage) => credit(storage, request))).toBeGreaterThan(5);
    expect((await viewer.credit(request)).outcome).toBe('replayed');
    expect((await viewer.wallet({ nowMs: NOW_MS })).coins).toBe(10);
  });
});
