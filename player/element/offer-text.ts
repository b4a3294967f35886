/** What an offer says on its button. */
import type { OfferWire } from '../../core/catalog/feed-wire.ts';
import { coinsText } from '../dom.ts';

export interface OfferText {
  readonly label: string;
  readonly detail: string;
  readonly isPossible: boolean;
}

export function offerText(offer: OfferWire, episodeId: string, coins: number | null, nowMs: number): OfferText {
  switch (offer.method) {
    case 'coins':
      return { ...priced(offer.coins, offer.balance, coins), label: `Unlock for ${coinsText(offer.coins)}` };
    case 'rental':
      return {
        ...priced(offer.coins, offer.balance, coins),
        label: `Rent for ${hoursText(offer.hours)} · ${coinsText(offer.coins)}`,
      };
    case 'bundle': {
      const { detail, isPossible } = priced(offer.coins, offer.balance, coins);
      const saved = offer.discountPercent > 0 ? `Save ${offer.discountPercent} %` : '';
      const what = offer.bundle.kind === 'next' ? `Next ${offer.episodeCount} episodes` : bundleName(offer);
      return { label: `${what} · ${coinsText(offer.coins)}`, detail: detail || saved, isPossible };
    }
    case 'ad': {
      const left = Math.max(1, offer.adsPerUnlock - offer.adsWatched);
      const isPossible = offer.adsLeftToday > 0;
      const label = left === 1 ? 'Watch an ad' : `Watch ${left} ads`;
      return { label, detail: isPossible ? 'Free' : 'No more ads today', isPossible };
    }
    case 'wait':
      return waitText(offer, episodeId, nowMs);
    case 'pass':
      return { label: 'Watch everything with a pass', detail: '', isPossible: true };
  }
}

function priced(price: number, balance: number, coins: number | null): Pick<OfferText, 'detail' | 'isPossible'> {
  const short = price - (coins ?? balance);
  return { detail: short > 0 ? `${short} more needed` : '', isPossible: short <= 0 };
}

function bundleName(offer: Extract<OfferWire, { method: 'bundle' }>): string {
  return `The whole ${offer.bundle.kind}, ${offer.episodeCount} episodes`;
}

function waitText(offer: Extract<OfferWire, { method: 'wait' }>, episodeId: string, nowMs: number): OfferText {
  const { readyAt, waitingForEpisodeId, hours } = offer;
  if (readyAt !== null) {
    const readyMs = Date.parse(readyAt);
    if (readyMs <= nowMs) return { label: 'Watch now', detail: 'The wait is over', isPossible: true };
    const time = new Date(readyMs).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
    return { label: `Free at ${time}`, detail: 'The wait runs', isPossible: false };
  }
  const isElsewhere = waitingForEpisodeId !== null && waitingForEpisodeId !== episodeId;
  const detail = isElsewhere ? 'You wait for another episode' : 'Free';
  return { label: `Wait ${hoursText(hours)}`, detail, isPossible: !isElsewhere };
}

function hoursText(hours: number): string {
  if (hours >= 48 && hours % 24 === 0) return `${hours / 24} days`;
  return hours === 1 ? '1 hour' : `${hours} hours`;
}
