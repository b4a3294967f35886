/**
 * The call's answer, or a rejection when it takes longer. `isOver` tells the call that nobody waits any more.
 *
 * Without `Promise.race`: what that leaves to the garbage collector costs more CPU than the call.
 */
export function withTimeLimit<T>(limitMs: number, call: (isOver: () => boolean) => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    let isOver = false;
    const fail = (thrown: unknown): void => {
      clearTimeout(timer);
      isOver = true;
      reject(thrown);
    };
    const timer = setTimeout(() => fail(new Error(`no answer in ${limitMs} ms`)), limitMs);
    const answer = (value: T): void => {
      clearTimeout(timer);
      resolve(value);
    };
    try {
      call(() => isOver).then(answer, fail);
    } catch (thrown) {
      fail(thrown);
    }
  });
}
