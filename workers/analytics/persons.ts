/** What analytics may know a viewer by, for their right to be told and to be forgotten. */
import { someAtOnce } from '#shared/some-at-once.ts';
import { monthBefore, monthOf, pseudonymOfSubject, viewerSubject } from './pseudonyms.ts';
import { visitOf } from './subjects.ts';

export interface Person {
  /** What pseudonyms are made of. It leaves this Worker as little as they do. */
  readonly subject: string;
  /** Of the months of which views are kept, and of the one before: with consent for analytics. */
  readonly pseudonyms: readonly string[];
}

export async function personOf(
  masterSecret: string,
  viewerId: string,
  sinceMs: number,
  nowMs: number,
): Promise<Person> {
  const subject = await viewerSubject(masterSecret, viewerId);
  const months = [monthOf(nowMs)];
  const first = monthBefore(monthOf(sinceMs));
  for (let month = monthBefore(monthOf(nowMs)); month >= first; month = monthBefore(month)) months.push(month);
  const pseudonyms = await Promise.all(months.map((month) => pseudonymOfSubject(masterSecret, subject, month)));
  return { subject, pseudonyms };
}

/** A visit, or without any consent a view, that has a name of its own. */
export interface Visit {
  readonly sessionId: string;
  readonly viewer: string;
  /** When something was told of it, first and last. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** HMACs that are asked for at a time. */
const AT_ONCE = 500;

/**
 * Of these visits the names that are the person's. Nothing leads from a viewer to their visits but trying each of them: that
 * is right for everybody else, and takes 10 µs for who asks for themselves.
 */
export async function visitsOf(
  masterSecret: string,
  { subject }: Person,
  visits: readonly Visit[],
): Promise<readonly string[]> {
  const isTheirs = await someAtOnce(visits, AT_ONCE, (visit) => isVisitOf(masterSecret, subject, visit));
  return [...new Set(visits.filter((_, index) => isTheirs[index]).map(({ viewer }) => viewer))];
}

/** Named in the month in which it was told of. */
async function isVisitOf(masterSecret: string, subject: string, visit: Visit): Promise<boolean> {
  const name = visitOf(subject, visit.sessionId);
  const months = new Set([monthOf(visit.fromMs), monthOf(visit.toMs)]);
  const names = await Promise.all([...months].map((month) => pseudonymOfSubject(masterSecret, name, month)));
  return names.includes(visit.viewer);
}
