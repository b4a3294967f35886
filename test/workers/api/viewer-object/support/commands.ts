/** Everything that can happen to a viewer and to a guest who becomes part of it, as steps that a model takes too. */
import fc from 'fast-check';
import { expect } from 'vitest';
import { CHARGEBACK_POLICIES, type ChargebackPolicy } from '../../../../../core/ledger/txns.ts';
import type { ViewerRpc } from '../../../../../workers/shared/viewer/rpc.ts';
import { Model, RENTAL_HOURS, START_WITHIN_MS, type ModelUnlock } from './model.ts';
import { bundleOf, chargebackOf, creditOf, HOUR_MS, NOW_MS, refundOf, rentOf, unlockOf } from './viewer.ts';

/** What a step needs of a viewer: the real object, or one that is wrong on purpose. */
export type Tested = Pick<
  ViewerRpc,
  | 'state'
  | 'credit'
  | 'unlock'
  | 'unlockBundle'
  | 'rent'
  | 'startRental'
  | 'refund'
  | 'chargeback'
  | 'openMerge'
  | 'beginMerge'
  | 'applyMerge'
  | 'finishMerge'
>;

export interface World {
  readonly make: (name: string) => Tested;
  /** As a crash does: what was not stored is gone. */
  readonly crash: (viewer: Tested) => Promise<void>;
  readonly name: string;
  guests: number;
  /** `main`, and the guest of now. */
  readonly real: { main: Tested; guest: Tested };
  /** The object's names of the model's unlocks. */
  readonly ids: Map<ModelUnlock, string>;
}

export interface Both {
  nowMs: number;
  main: Model;
  guest: Model;
}

export const EPISODES = ['ep_0', 'ep_1', 'ep_2', 'ep_3', 'ep_4'];
type Who = 'main' | 'guest';

class Step implements fc.AsyncCommand<Both, World> {
  readonly #label: string;
  readonly #run: (model: Both, world: World) => Promise<void>;
  readonly #touched: readonly Who[];

  /** `touched`: whom the step may change; time changes both. */
  constructor(
    label: string,
    run: (model: Both, world: World) => Promise<void>,
    touched: readonly Who[] = ['main', 'guest'],
  ) {
    this.#label = label;
    this.#run = run;
    this.#touched = touched;
  }

  check(): boolean {
    return true;
  }

  async run(model: Both, world: World): Promise<void> {
    model.main.lapse(model.nowMs);
    model.guest.lapse(model.nowMs);
    await this.#run(model, world);
    for (const touched of this.#touched) await compare(touched, model, world);
  }

  toString(): string {
    return this.#label;
  }
}

/** A step of one of the two. */
function stepOf(who: Who, label: string, run: (model: Both, world: World) => Promise<void>): Step {
  return new Step(`${who} ${label}`, run, [who]);
}

async function compare(who: Who, model: Both, world: World): Promise<void> {
  const state = await world.real[who].state({ episodeIds: EPISODES, nowMs: model.nowMs });
  const wallet = model[who];
  const open = EPISODES.flatMap((episode) => {
    if (wallet.isOwned(episode)) return [`${episode} coins`];
    return wallet.rental(episode, model.nowMs) ? [`${episode} rental`] : [];
  });
  const seen = state.unlocks
    .map(({ episodeId, method }) => `${episodeId} ${method}`)
    .toSorted((a, b) => a.localeCompare(b));
  expect({ who, coins: state.coins, debt: state.debtCoins, open: seen }).toEqual({
    who,
    coins: wallet.coins(),
    debt: wallet.debt,
    open,
  });
}

const who = fc.constantFrom<Who>('main', 'main', 'guest');
const key = fc.nat(40).map((number) => `k${number}`);
const episode = fc.constantFrom(...EPISODES);
const price = fc.integer({ min: 1, max: 6 });
const reference = fc.constantFrom('p0', 'p1', 'p2');

const credits = fc
  .record({
    who,
    key,
    coins: fc.integer({ min: 1, max: 8 }),
    kind: fc.constantFrom('paid', 'bonus'),
    lifeHours: fc.option(fc.constantFrom(10, 20)),
    reference: fc.option(reference),
  })
  .map(({ who: w, key: k, coins, kind, lifeHours, reference: r }) =>
    stepOf(w, `credit ${k} ${coins} ${kind} ${lifeHours ?? 'for good'} ${r}`, async (model, world) => {
      const expiresAtMs = lifeHours === null ? null : model.nowMs + lifeHours * HOUR_MS;
      const requestSha256 = JSON.stringify([coins, kind, r]);
      const lot = { kind, expiresAtMs, reference: r } as const;
      const reply = await world.real[w].credit(
        creditOf(coins, { ...lot, idempotencyKey: k, requestSha256, nowMs: model.nowMs }),
      );
      expect(reply.outcome).toBe(model[w].credit(k, lot, coins, requestSha256));
      if (reply.outcome === 'credited') expect(reply.wallet.coins).toBe(model[w].coins());
    }),
  );

type Buy = (
  viewer: Tested,
  request: { idempotencyKey: string; nowMs: number },
) => Promise<Awaited<ReturnType<Tested['unlock']>>>;

function buying(
  label: string,
  w: Who,
  k: string,
  method: 'coins' | 'rental',
  prices: Map<string, number>,
  total: number,
  sha: string,
  buy: Buy,
): Step {
  return stepOf(w, `${label}`, async (model, world) => {
    const bought = model[w].unlocks.length;
    const reply = await buy(world.real[w], { idempotencyKey: k, nowMs: model.nowMs });
    expect(reply.outcome).toBe(model[w].purchase(k, sha, method, prices, total, model.nowMs));
    if (reply.outcome !== 'unlocked') return;
    for (const [index, unlock] of model[w].unlocks.slice(bought).entries()) {
      expect(reply.unlocks[index]).toMatchObject({ episodeId: unlock.episode, coins: unlock.coins });
      world.ids.set(unlock, reply.unlocks[index]?.id ?? '');
    }
  });
}

const unlocks = fc
  .record({ who, key, episode, price })
  .map(({ who: w, key: k, episode: e, price: p }) =>
    buying(`unlock ${k} ${e} for ${p}`, w, k, 'coins', new Map([[e, p]]), p, `unlock ${e}`, (viewer, request) =>
      viewer.unlock(unlockOf(e, p, request)),
    ),
  );

const rentals = fc
  .record({ who, key, episode })
  .map(({ who: w, key: k, episode: e }) =>
    buying(`rent ${k} ${e}`, w, k, 'rental', new Map([[e, 2]]), 2, `rent ${e}`, (viewer, request) =>
      viewer.rent(rentOf(e, 2, { ...request, hours: RENTAL_HOURS, startByMs: request.nowMs + START_WITHIN_MS })),
    ),
  );

const bundles = fc
  .record({
    who,
    key,
    episodes: fc.uniqueArray(episode, { minLength: 2, maxLength: 4 }),
    discount: fc.integer({ min: 0, max: 5 }),
  })
  .map(({ who: w, key: k, episodes, discount }) => {
    const prices = new Map(episodes.map((each, index) => [each, index + 1]));
    const listCoins = [...prices.values()].reduce((sum, each) => sum + each, 0);
    const total = Math.max(1, listCoins - discount);
    const sha = `bundle ${episodes.join(' ')}`;
    return buying(
      `bundle ${k} ${episodes.join('+')} for ${total}`,
      w,
      k,
      'coins',
      prices,
      total,
      sha,
      (viewer, request) => viewer.unlockBundle(bundleOf(Object.fromEntries(prices), total, request)),
    );
  });

const starts = fc.record({ who, episode }).map(({ who: w, episode: e }) =>
  stepOf(w, `play ${e}`, async (model, world) => {
    const started = await world.real[w].startRental({ episodeId: e, nowMs: model.nowMs });
    expect(started?.untilMs ?? null).toBe(model[w].start(e, model.nowMs));
  }),
);

const refunds = fc.record({ who, which: fc.nat(1_000) }).map(({ who: w, which }) =>
  stepOf(w, `refund #${which}`, async (model, world) => {
    const unlock = model[w].unlocks[which % Math.max(1, model[w].unlocks.length)];
    if (unlock === undefined) return;
    const request = refundOf(world.ids.get(unlock) ?? '', { nowMs: model.nowMs });
    const expected = model[w].refund(unlock, model.nowMs);
    expect((await world.real[w].refund(request)).outcome).toBe(expected);
    if (expected === 'refunded') expect((await world.real[w].refund(request)).outcome).toBe('replayed');
  }),
);

const chargebacks = fc
  .record({ who, reference, policy: fc.constantFrom<ChargebackPolicy>(...CHARGEBACK_POLICIES) })
  .map(({ who: w, reference: r, policy }) =>
    stepOf(w, `chargeback ${r} ${policy}`, async (model, world) => {
      const reply = await world.real[w].chargeback(chargebackOf(r, { policy, nowMs: model.nowMs }));
      expect(reply.outcome).toBe(model[w].chargeback(r, policy, model.nowMs));
      if (reply.outcome === 'charged-back') expect(reply.chargeback.coins).toBe(model[w].brought.get(r));
    }),
  );

/** Broken off after some of its four steps, and then done again from the first. */
const merges = fc.integer({ min: 0, max: 4 }).map(
  (brokenAfter) =>
    new Step(`merge, broken off after ${brokenAfter}`, async (model, world) => {
      const { main, guest } = world.real;
      await mergeOf(main, guest, `m${world.guests}`, model.nowMs, brokenAfter);
      await world.crash(brokenAfter % 2 === 0 ? guest : main);
      await mergeOf(main, guest, `m${world.guests}`, model.nowMs, 4);
      model.main.takeIn(model.guest, model.nowMs);
      world.guests++;
      world.real.guest = world.make(`${world.name}-guest${world.guests}`);
      model.guest = new Model();
    }),
);

export async function mergeOf(main: Tested, guest: Tested, name: string, nowMs: number, steps: number): Promise<void> {
  const request = { idempotencyKey: name, requestSha256: name, nowMs };
  if (steps >= 1) await main.openMerge({ ...request, guest: name, openUntilMs: nowMs + 1 });
  if (steps < 2) return;
  const begun = await guest.beginMerge({ ...request, guest: name, target: 'main' });
  if (begun.outcome !== 'begun') throw new Error(`not begun: ${begun.outcome}`);
  if (steps >= 3) expect((await main.applyMerge({ ...begun, nowMs })).outcome).toMatch(/^(applied|replayed)$/);
  if (steps >= 4) await guest.finishMerge(begun.transferId);
}

const times = fc.integer({ min: 1, max: 12 }).map(
  (hours) =>
    new Step(`${hours} hours pass`, async (model) => {
      model.nowMs += hours * HOUR_MS;
      model.main.lapse(model.nowMs);
      model.guest.lapse(model.nowMs);
    }),
);

const crashes = who.map((w) => stepOf(w, `crashes`, (_, world) => world.crash(world.real[w])));

/** Where an arbitrary stands twice, it comes twice as often. */
export const commands = (): fc.Arbitrary<Iterable<fc.AsyncCommand<Both, World>>> =>
  fc.commands<Both, World, false>(
    [
      credits,
      credits,
      credits,
      unlocks,
      unlocks,
      bundles,
      rentals,
      starts,
      refunds,
      refunds,
      chargebacks,
      merges,
      times,
      crashes,
    ],
    { maxCommands: 30, size: 'max' },
  );

let worlds = 0;

/** One sequence on a world of its own. */
export async function runCommands(
  make: (name: string) => Tested,
  crash: (viewer: Tested) => Promise<void>,
  steps: Iterable<fc.AsyncCommand<Both, World>>,
): Promise<World> {
  const name = `model-${++worlds}-${crypto.randomUUID()}`;
  const real = { main: make(`${name}-main`), guest: make(`${name}-guest0`) };
  const world: World = { make, crash, name, guests: 0, real, ids: new Map() };
  const model: Both = { nowMs: NOW_MS, main: new Model(), guest: new Model() };
  await fc.asyncModelRun(() => ({ model, real: world }), steps);
  return world;
}
