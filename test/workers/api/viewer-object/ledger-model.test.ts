import { evictDurableObject } from 'cloudflare:test';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { audit, creditOf, newViewer, NOW_MS, unlockOf, type ViewerStub } from './support/viewer.ts';

/** What a wallet is, said as simply as possible: lots in a list, episodes in a set, answers by key. */
class Model {
  nowMs = NOW_MS;
  lots: { kind: 'paid' | 'bonus'; remaining: number; expiresAtMs: number | null }[] = [];
  readonly owned = new Set<string>();
  readonly credits = new Map<string, number>();
  readonly unlocks = new Map<string, string>();
  /** Keys whose answer was that the episode is owned: they belong to that episode too. */
  readonly ownedAnswers = new Map<string, string>();

  live() {
    return this.lots.filter((lot) => lot.expiresAtMs === null || lot.expiresAtMs > this.nowMs);
  }

  coins(): number {
    return this.live().reduce((sum, lot) => sum + lot.remaining, 0);
  }

  credit(key: string, coins: number, kind: 'paid' | 'bonus', expiresAtMs: number | null): string {
    const earlier = this.credits.get(key);
    if (earlier !== undefined) return earlier === coins ? 'replayed' : 'key-reused';
    this.credits.set(key, coins);
    this.lots.push({ kind, remaining: coins, expiresAtMs });
    return 'credited';
  }

  unlock(key: string, episodeId: string, price: number): string {
    const earlier = this.unlocks.get(key);
    if (earlier !== undefined) return earlier === episodeId ? 'replayed' : 'key-reused';
    const answered = this.ownedAnswers.get(key);
    if (answered !== undefined) return answered === episodeId ? 'owned' : 'key-reused';
    if (this.owned.has(episodeId)) {
      this.ownedAnswers.set(key, episodeId);
      return 'owned';
    }
    if (this.coins() < price) return 'insufficient';
    for (let due = price; due > 0; due--) {
      const [next] = this.live()
        .filter((lot) => lot.remaining > 0)
        .toSorted(
          (a, b) => a.kind.localeCompare(b.kind) || (a.expiresAtMs ?? Infinity) - (b.expiresAtMs ?? Infinity) || 0,
        );
      if (next) next.remaining--;
    }
    this.owned.add(episodeId);
    this.unlocks.set(key, episodeId);
    return 'unlocked';
  }
}

const EPISODES = ['ep_0', 'ep_1', 'ep_2', 'ep_3', 'ep_4', 'ep_5'];
type Step = (model: Model, viewer: ViewerStub) => Promise<void>;

/** One step on both; they must say the same. The answer of the model says how the property reads when it fails. */
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .record({
        key: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'),
        coins: fc.integer({ min: 1, max: 4 }),
        lifeMs: fc.constantFrom(10, 20),
      })
      .map(creditStep),
  },
  {
    weight: 5,
    arbitrary: fc
      .record({ key: fc.nat(30), episode: fc.constantFrom(...EPISODES), price: fc.integer({ min: 1, max: 6 }) })
      .map(unlockStep),
  },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 12 }).map(passTime) },
  { weight: 1, arbitrary: fc.constant(sleep) },
);

function creditStep({ key, coins, lifeMs }: { key: string; coins: number; lifeMs: number }): Step {
  // Everything but the amount follows from the key, so that the amount alone tells one request from another.
  const kind = key < 'd' ? 'bonus' : 'paid';
  const ends = key < 'c' || key === 'e';
  return async (model, viewer) => {
    const expiresAtMs = ends ? model.nowMs + lifeMs : null;
    const reply = await viewer.credit(
      creditOf(coins, { idempotencyKey: key, requestSha256: String(coins), kind, expiresAtMs, nowMs: model.nowMs }),
    );
    expect(reply.outcome).toBe(model.credit(key, coins, kind, expiresAtMs));
  };
}

function unlockStep({ key, episode, price }: { key: number; episode: string; price: number }): Step {
  return async (model, viewer) => {
    const reply = await viewer.unlock(unlockOf(episode, price, { idempotencyKey: `u${key}`, nowMs: model.nowMs }));
    expect(reply.outcome).toBe(model.unlock(`u${key}`, episode, price));
  };
}

function passTime(ms: number): Step {
  return async (model) => void (model.nowMs += ms);
}

async function sleep(model: Model, viewer: ViewerStub): Promise<void> {
  // Only an object that was woken can be put to sleep.
  await viewer.wallet({ nowMs: model.nowMs });
  await evictDurableObject(viewer);
}

test('a wallet does what a list of lots would do, in any sequence of credits, unlocks, retries, time and sleep', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyStep, { minLength: 1, maxLength: 25 }), async (steps) => {
      const model = new Model();
      const viewer = newViewer();
      for (const step of steps) {
        await step(model, viewer);
        const state = await viewer.state({ episodeIds: EPISODES, nowMs: model.nowMs });
        expect(state.coins).toBe(model.coins());
        expect(new Set(state.unlocks.map(({ episodeId }) => episodeId))).toEqual(model.owned);
      }
      const { lots } = await viewer.wallet({ nowMs: model.nowMs });
      expect([...lots]).toEqual(model.live().filter((lot) => lot.remaining > 0));
      expect(await audit(viewer)).toEqual([]);
    }),
    { numRuns: 150 },
  );
}, 60_000);
