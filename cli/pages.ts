/** Every item of a list, page by page. */
export async function allPages<T>(
  read: (query: { cursor?: string; limit: number }) => Promise<{ items: readonly T[]; nextCursor: string | null }>,
): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null = null;
  do {
    const page: { items: readonly T[]; nextCursor: string | null } = await read(
      cursor === null ? { limit: 100 } : { cursor, limit: 100 },
    );
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return items;
}
