/** The small parts that answers are made of. */
import { z } from 'zod';
import { ID_PATTERN } from '#core/id.ts';
import { named } from '../names.ts';

export const id = z.string().max(31).regex(ID_PATTERN);
/** ISO 8601, UTC. */
export const time = z.iso.datetime();
export const text = (max: number) => z.string().max(max);
export const count = z.int().min(0);
export const coins = z.int();
export const seconds = z.number().min(0);
export const pageCursor = text(64).nullable();

/** A list that is read page by page. */
export function pageOf<T extends z.ZodType>(name: string, item: T, max = 100) {
  return named(name, z.object({ items: z.array(item).max(max), nextCursor: pageCursor }));
}

export const pageQuery = z.object({
  cursor: text(64).describe('The `nextCursor` of the page before.').optional(),
  limit: z.int().min(1).max(100).describe('How many items at most; 50 unless said.').optional(),
});

export const failure = named('Failure', z.object({ code: text(64), detail: text(1_000) }));
