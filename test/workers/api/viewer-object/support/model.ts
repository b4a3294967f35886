/**
 * What a viewer's money is, said as simply as possible: lots in a list, coins taken one at a time, no SQL, no
 * transactions. The object is compared with it after every step.
 */
import { splitCoins } from '../../../../../core/ledger/shares.ts';
import type { ChargebackPolicy } from '../../../../../core/ledger/txns.ts';
import { DAY_MS, HOUR_MS } from './viewer.ts';

export interface ModelLot {
  readonly kind: 'paid' | 'bonus';
  readonly expiresAtMs: number | null;
  readonly reference: string | null;
  remaining: number;
  lapsed: number;
  repaid: number;
}

export interface ModelUnlock {
  readonly episode: string;
  readonly method: 'coins' | 'rental';
  readonly coins: number;
  readonly shares: Map<ModelLot, number>;
  readonly atMs: number;
  readonly startByMs: number;
  startedAtMs: number | null;
  live: boolean;
}

export const RENTAL_HOURS = 6;
export const START_WITHIN_MS = 10 * HOUR_MS;

export class Model {
  lots: ModelLot[] = [];
  unlocks: ModelUnlock[] = [];
  debt = 0;
  readonly credits = new Map<string, string>();
  readonly payments = new Map<string, string>();
  readonly purchases = new Map<string, { readonly sha: string; readonly outcome: 'replayed' | 'owned' }>();
  readonly charged = new Set<string>();
  readonly absorbed = new Set<string>();
  readonly parked = new Map<string, ChargebackPolicy>();
  /** What each payment brought, whoever it was that had it then. */
  readonly brought = new Map<string, number>();

  lapse(nowMs: number): void {
    for (const lot of this.lots) {
      if (lot.expiresAtMs === null || lot.expiresAtMs > nowMs) continue;
      lot.lapsed += lot.remaining;
      lot.remaining = 0;
    }
  }

  coins(): number {
    return this.lots.reduce((sum, lot) => sum + lot.remaining, 0);
  }

  credit(key: string, lot: Pick<ModelLot, 'kind' | 'expiresAtMs' | 'reference'>, coins: number, sha: string): string {
    const earlier = this.credits.get(key) ?? (lot.reference === null ? undefined : this.payments.get(lot.reference));
    if (earlier !== undefined) return earlier === sha ? 'replayed' : 'key-reused';
    this.credits.set(key, sha);
    if (lot.reference !== null) {
      this.payments.set(lot.reference, sha);
      this.#bring(lot.reference, coins);
    }
    const added = this.#add(lot, coins);
    const parked = lot.reference === null ? undefined : this.parked.get(lot.reference);
    if (parked === undefined) this.#settle([[added, coins]]);
    else this.#applyParked();
    return 'credited';
  }

  purchase(
    key: string,
    sha: string,
    method: 'coins' | 'rental',
    prices: ReadonlyMap<string, number>,
    price: number,
    nowMs: number,
  ): string {
    const earlier = this.purchases.get(key);
    if (earlier !== undefined) return earlier.sha === sha ? earlier.outcome : 'key-reused';
    const episodes = [...prices.keys()];
    if (episodes.some((episode) => this.isOwned(episode) || (method === 'rental' && this.rental(episode, nowMs)))) {
      if (episodes.length > 1) return 'changed';
      this.purchases.set(key, { sha, outcome: 'owned' });
      return 'owned';
    }
    if (this.debt > 0) return 'debt';
    if (this.coins() < price) return 'insufficient';
    for (const [index, coins] of splitCoins(price, [...prices.values()]).entries()) {
      const shares = new Map<ModelLot, number>();
      for (let due = coins; due > 0; due--) {
        const lot = this.#next();
        lot.remaining--;
        shares.set(lot, (shares.get(lot) ?? 0) + 1);
      }
      const times = { atMs: nowMs, startByMs: nowMs + START_WITHIN_MS, startedAtMs: null };
      this.unlocks.push({ episode: episodes[index] ?? '', method, coins, shares, ...times, live: true });
    }
    this.purchases.set(key, { sha, outcome: 'replayed' });
    return 'unlocked';
  }

  isOwned(episode: string): boolean {
    return this.unlocks.some((unlock) => unlock.live && unlock.method === 'coins' && unlock.episode === episode);
  }

  /** The rental that plays, or could. */
  rental(episode: string, nowMs: number): ModelUnlock | undefined {
    const open = this.unlocks.filter(
      (unlock) => unlock.live && unlock.method === 'rental' && unlock.episode === episode && endOf(unlock) > nowMs,
    );
    const running = open.filter((unlock) => unlock.startedAtMs !== null);
    return (running.length > 0 ? running : open).toSorted((a, b) => endOf(b) - endOf(a))[0];
  }

  start(episode: string, nowMs: number): number | null {
    const rental = this.rental(episode, nowMs);
    if (rental === undefined) return null;
    rental.startedAtMs ??= nowMs;
    return endOf(rental);
  }

  refund(unlock: ModelUnlock, nowMs: number): string {
    if (!unlock.live) return 'already-refunded';
    this.#settle(this.#reverse(unlock, nowMs));
    return 'refunded';
  }

  chargeback(reference: string, policy: ChargebackPolicy, nowMs: number): string {
    if (this.charged.has(reference)) return 'replayed';
    if (!this.payments.has(reference)) {
      if (!this.parked.has(reference)) this.parked.set(reference, policy);
      return 'parked';
    }
    this.#takeBack(reference, policy, nowMs);
    return 'charged-back';
  }

  /** All of `guest` becomes part of this. */
  takeIn(guest: Model, nowMs: number): void {
    const isOpen = ({ episode, method }: ModelUnlock): boolean =>
      this.isOwned(episode) || (method === 'rental' && this.rental(episode, nowMs) !== undefined);
    const back = guest.unlocks.filter(
      (unlock) => unlock.live && isOpen(unlock) && (unlock.method === 'coins' || unlock.startedAtMs === null),
    );
    const income: [ModelLot, number][] = [];
    const lots: ModelLot[] = [];
    for (const lot of guest.lots) {
      const isLapsed = lot.expiresAtMs !== null && lot.expiresAtMs <= nowMs;
      lots.push(lot);
      let returned = 0;
      for (const unlock of back) {
        const coins = unlock.shares.get(lot) ?? 0;
        if (coins === 0) continue;
        if (!isLapsed) returned += coins;
        else {
          const late = { ...lot, repaid: 0, lapsed: 0, remaining: coins, expiresAtMs: lifeAfter(lot, unlock, nowMs) };
          lots.push(late);
          income.push([late, coins]);
        }
      }
      lot.remaining += returned;
      if (returned > 0) income.push([lot, returned]);
    }
    const isKept = (unlock: ModelUnlock): boolean => unlock.live && !back.includes(unlock);
    this.lots.push(...lots);
    this.unlocks.push(...guest.unlocks.filter(isKept));
    this.debt += guest.debt;
    for (const [reference, sha] of guest.payments) if (!this.payments.has(reference)) this.payments.set(reference, sha);
    for (const [reference, coins] of guest.brought) this.#bring(reference, coins);
    for (const reference of guest.charged) this.charged.add(reference);
    for (const reference of guest.absorbed) this.absorbed.add(reference);
    for (const [reference, policy] of guest.parked) if (!this.parked.has(reference)) this.parked.set(reference, policy);
    this.#settle(income);
    this.#applyParked(nowMs);
  }

  #bring(reference: string, coins: number): void {
    this.brought.set(reference, (this.brought.get(reference) ?? 0) + coins);
  }

  #add(lot: Pick<ModelLot, 'kind' | 'expiresAtMs' | 'reference'>, coins: number): ModelLot {
    const added = { ...lot, remaining: coins, lapsed: 0, repaid: 0 };
    this.lots.push(added);
    return added;
  }

  #next(): ModelLot {
    const [next] = this.lots
      .filter((lot) => lot.remaining > 0)
      .toSorted(
        (a, b) => a.kind.localeCompare(b.kind) || (a.expiresAtMs ?? Infinity) - (b.expiresAtMs ?? Infinity) || 0,
      );
    if (next === undefined) throw new Error('no coin is left');
    return next;
  }

  #reverse(unlock: ModelUnlock, nowMs: number): [ModelLot, number][] {
    unlock.live = false;
    return this.lots.flatMap((lot): [ModelLot, number][] => {
      const coins = unlock.shares.get(lot) ?? 0;
      if (coins === 0) return [];
      if (lot.expiresAtMs !== null && lot.expiresAtMs <= nowMs) {
        return [[this.#add({ ...lot, expiresAtMs: lifeAfter(lot, unlock, nowMs) }, coins), coins]];
      }
      lot.remaining += coins;
      return [[lot, coins]];
    });
  }

  #settle(income: readonly (readonly [ModelLot, number])[]): void {
    for (const [lot, coins] of income) {
      if (lot.reference !== null && this.absorbed.has(lot.reference)) lot.remaining -= coins;
      else {
        const repaid = Math.min(this.debt, coins);
        lot.remaining -= repaid;
        lot.repaid += repaid;
        this.debt -= repaid;
      }
    }
  }

  #applyParked(nowMs = 0): void {
    for (const [reference, policy] of [...this.parked].toSorted(([a], [b]) => a.localeCompare(b))) {
      if (!this.payments.has(reference)) continue;
      if (!this.charged.has(reference)) this.#takeBack(reference, policy, nowMs);
      this.parked.delete(reference);
    }
  }

  #takeBack(reference: string, policy: ChargebackPolicy, nowMs: number): void {
    const isOf = (lot: ModelLot): boolean => lot.reference === reference;
    const paid = (unlock: ModelUnlock): boolean => unlock.live && [...unlock.shares.keys()].some(isOf);
    if (policy === 'revoke') {
      const open = this.unlocks.filter((each) => paid(each) && (each.method === 'coins' || endOf(each) > nowMs));
      for (const unlock of open.toReversed()) {
        const income = this.#reverse(unlock, nowMs);
        this.#settle(income.filter(([lot]) => !isOf(lot)));
      }
    }
    let spent = 0;
    for (const lot of this.lots.filter(isOf)) {
      spent += lot.repaid;
      for (const unlock of this.unlocks) if (unlock.live) spent += unlock.shares.get(lot) ?? 0;
      lot.remaining = 0;
    }
    if (policy === 'debt') this.debt += spent;
    else if (spent > 0) this.absorbed.add(reference);
    this.charged.add(reference);
  }
}

function endOf({ startedAtMs, startByMs }: ModelUnlock): number {
  return startedAtMs === null ? startByMs : startedAtMs + RENTAL_HOURS * HOUR_MS;
}

function lifeAfter(lot: ModelLot, unlock: ModelUnlock, nowMs: number): number {
  return nowMs + Math.max((lot.expiresAtMs ?? 0) - unlock.atMs, 7 * DAY_MS);
}
