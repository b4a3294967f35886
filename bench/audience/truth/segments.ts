/** What a segment of the audience is called, and who is in it. */
import type { Dimension } from '../../../core/qoe/view-record.ts';
import type { Person } from '../people.ts';
import type { Facts } from './facts.ts';

export type ValueOf = (view: Facts) => string;

const named = (value: string | null): string => value ?? 'unknown';

/** Only with consent for analytics is it kept who was in which group. */
const agreed = ({ consent }: Person, value: string | null): string | null => (consent === 'analytics' ? value : null);

export const VALUES: { readonly [name in Dimension]: ValueOf } = {
  country: ({ person }) => named(person.country),
  deviceType: ({ person }) => person.device.deviceType,
  os: ({ person }) => person.device.os,
  browser: ({ person }) => person.device.browser,
  connectionType: ({ person }) => named(person.connectionType),
  appVersion: ({ person }) => named(person.appVersion),
  experiment: ({ person }) => named(agreed(person, person.experiment)),
  audience: ({ person }) => named(agreed(person, person.audience)),
  rendition: renditionOf,
};

export function segmentsTruth(views: readonly Facts[], valueOf: ValueOf): Map<string, Facts[]> {
  return Map.groupBy(views, valueOf);
}

/** The height that was on the screen longest; of equals the one that came first. */
function renditionOf({ shown }: Facts): string {
  const heights = [...new Set(shown.map(({ heightPx }) => heightPx))];
  const time = (height: number): number =>
    shown.filter(({ heightPx }) => heightPx === height).reduce((sum, { hundredths }) => sum + hundredths, 0);
  const longest = heights.reduce<number | null>(
    (best, each) => (best === null || time(each) > time(best) ? each : best),
    null,
  );
  return longest === null ? 'unknown' : `${longest}p`;
}
