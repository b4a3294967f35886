import { z } from 'zod';

/** Schemas that have a name of their own in the document, below `components/schemas`. */
export const names = z.registry<{ id: string }>();

export function named<T extends z.ZodType>(id: string, schema: T): T {
  names.add(schema, { id });
  return schema;
}
