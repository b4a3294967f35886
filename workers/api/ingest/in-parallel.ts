/** Does the same for each of a list, so many at a time; answers in the order of the list. */
export async function inParallel<T, R>(list: readonly T[], lanes: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const done: R[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let at = next++; at < list.length; at = next++) done[at] = await work(list[at] as T);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return done;
}
