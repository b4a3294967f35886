import { beforeAll, describe, expect, test } from 'vitest';
import { audit, creditOf, dump, inside, newViewer, unlockOf, type ViewerStub } from './support/viewer.ts';

let viewer: ViewerStub;
beforeAll(async () => {
  viewer = newViewer();
  await viewer.credit(creditOf(100));
  await viewer.credit(creditOf(20, { kind: 'bonus' }));
  await viewer.unlock(unlockOf('ep_1', 30));
});

/** Runs a statement as a careless line of code would, and tells what the schema made of it. */
const attempt = (...statements: readonly string[]): Promise<string> =>
  inside(viewer, (sql, storage) => {
    try {
      storage.transactionSync(() => {
        for (const statement of statements) sql.exec(statement);
      });
      return 'allowed';
    } catch (thrown) {
      return String(thrown);
    }
  });

describe('the ledger', () => {
  test('balances after what was done so far', async () => {
    expect(await audit(viewer)).toEqual([]);
  });

  test.each([
    ['an entry be raised', 'UPDATE entries SET amount = amount + 1'],
    ['an entry be moved', "UPDATE entries SET account_id = 'system:lapsed' WHERE account_id = 'system:spent'"],
    ['an entry be removed', 'DELETE FROM entries'],
    [
      'an entry be added to a sealed transaction',
      "INSERT INTO entries SELECT txn_id, 'system:lapsed', 5 FROM entries LIMIT 1",
    ],
    [
      'an entry be replaced',
      'INSERT OR REPLACE INTO entries SELECT txn_id, account_id, amount + 1 FROM entries LIMIT 1',
    ],
    ['a transaction be removed', 'DELETE FROM txns'],
    ['a transaction be opened again', 'UPDATE txns SET sealed = 0'],
    ['a transaction be sealed anew', 'UPDATE txns SET sealed = 1'],
    ['the answer of a transaction be changed', "UPDATE txns SET result = '{}'"],
    ['the key of a transaction be changed', "UPDATE txns SET idempotency_key = 'other'"],
    ['the payment of a transaction be changed', "UPDATE txns SET reference = 'other'"],
    [
      'a transaction be replaced',
      "INSERT OR REPLACE INTO txns SELECT id, seq, kind, 'forged', 'forged', reference, NULL, NULL, '{}', 1, created_at FROM txns LIMIT 1",
    ],
    ['a draw be changed', 'UPDATE draws SET coins = coins + 1'],
    ['a draw be removed', 'DELETE FROM draws'],
    [
      'a draw be added to a sealed transaction',
      'INSERT INTO draws SELECT t.id, l.id, 1 FROM txns t, lots l WHERE l.remaining > 0 AND NOT EXISTS (SELECT 1 FROM draws WHERE txn_id = t.id AND lot_id = l.id) LIMIT 1',
    ],
    ['a wallet go below zero', "UPDATE accounts SET balance = -1 WHERE id = 'wallet:paid'"],
    ['a lot go below zero', 'UPDATE lots SET remaining = -1'],
    ['a coin be half', 'UPDATE lots SET remaining = 0.5'],
    ['a lot be filled up', 'UPDATE lots SET remaining = amount'],
    ['a lot be made larger', 'UPDATE lots SET amount = amount + 1'],
    ['a lot live longer', 'UPDATE lots SET expires_at = 9e15'],
    ['a lot be removed', 'DELETE FROM lots'],
    [
      'a lot appear without a payment',
      "INSERT INTO lots SELECT 'lot_forged', 99, 'paid', 1000, 1000, NULL, NULL, id FROM txns WHERE kind = 'credit' LIMIT 1",
    ],
    ['an unlock be moved to another episode', "UPDATE unlocks SET episode_id = 'ep_other'"],
    ['an unlock be removed', 'DELETE FROM unlocks'],
    [
      'an unlock appear without a payment',
      "INSERT INTO unlocks SELECT 'unl_forged', 'ep_other', id, 'coins', 1, 0 FROM txns WHERE kind = 'credit' LIMIT 1",
    ],
    ['a balance be set by hand', "UPDATE accounts SET balance = balance + 1000 WHERE id = 'wallet:paid'"],
  ])('does not let %s', async (_, statement) => {
    const before = await dump(viewer);
    expect(await attempt(statement)).not.toBe('allowed');
    expect(await dump(viewer)).toBe(before);
  });
});

describe('a transaction', () => {
  const open = (kind: string) => `INSERT INTO txns (id, seq, kind, created_at) VALUES ('t', 1000, '${kind}', 0)`;
  const entry = (account: string, amount: number) => `INSERT INTO entries VALUES ('t', '${account}', ${amount})`;
  const newLot = "INSERT INTO lots VALUES ('l', 1, 'paid', 5, 5, NULL, NULL, 't')";
  const seal = "UPDATE txns SET sealed = 1, result = '{}' WHERE id = 't'";
  const lot = "(SELECT id FROM lots WHERE kind = 'paid' AND remaining > 5 LIMIT 1)";

  test.each([
    ['does not sum to zero', [open('credit'), entry('system:issued', -5), entry('wallet:paid', 6), seal]],
    ['brings coins without a lot', [open('credit'), entry('system:issued', -5), entry('wallet:paid', 5), seal]],
    ['has one entry', [open('credit'), entry('wallet:paid', 5), seal]],
    ['has none', [open('credit'), seal]],
    ['moves nothing', [open('credit'), entry('wallet:paid', 0), entry('system:issued', 0), seal]],
    [
      'unlocks without being drawn',
      [
        open('unlock'),
        entry('wallet:paid', -5),
        entry('system:spent', 5),
        "INSERT INTO unlocks VALUES ('u', 'ep_x', 't', 'coins', 5, 0)",
        seal,
      ],
    ],
    [
      'unlocks for less than was drawn',
      [
        open('unlock'),
        entry('wallet:paid', -5),
        entry('system:spent', 5),
        `INSERT INTO draws VALUES ('t', ${lot}, 4)`,
        "INSERT INTO unlocks VALUES ('u', 'ep_x', 't', 'coins', 5, 0)",
        seal,
      ],
    ],
    [
      'is an unlock of nothing',
      [
        open('unlock'),
        entry('wallet:paid', -5),
        entry('system:spent', 5),
        `INSERT INTO draws VALUES ('t', ${lot}, 5)`,
        seal,
      ],
    ],
    [
      'takes more than the wallet has',
      [open('unlock'), entry('wallet:paid', -10_000), entry('system:spent', 10_000), seal],
    ],
    ['draws more than the lot has', [open('unlock'), `INSERT INTO draws VALUES ('t', ${lot}, 10000)`]],
    ['is of no known kind', [open('gift')]],
    ['pays into no known account', [open('credit'), entry('wallet:gold', 5)]],
  ])('is refused when it %s, and leaves nothing behind', async (_, statements) => {
    const before = await dump(viewer);
    expect(await attempt(...statements)).not.toBe('allowed');
    expect(await dump(viewer)).toBe(before);
  });

  test('is taken when it balances', async () => {
    const other = newViewer();
    await inside(other, (sql) =>
      [open('credit'), entry('system:issued', -5), entry('wallet:paid', 5), newLot, seal].forEach((statement) =>
        sql.exec(statement),
      ),
    );
    expect(await audit(other)).toEqual([]);
  });
});
