/** What a request waits for, without a binding: by URL, because the types are those of Workers. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

interface BindingCall {
  readonly callBinding: <T>(dependency: string, call: () => Promise<T>) => Promise<T>;
  readonly readBinding: <T>(dependency: string, read: () => Promise<T>) => Promise<T>;
}

const { callBinding, readBinding } = (await import(
  new URL('../../../workers/shared/binding-call.ts', import.meta.url).href
)) as BindingCall;

const unhandled = vi.fn<() => void>();
beforeEach(() => {
  vi.useFakeTimers();
  process.on('unhandledRejection', unhandled);
});
afterEach(() => {
  vi.useRealTimers();
  process.off('unhandledRejection', unhandled);
});

const failsAfter = (ms: number) =>
  vi.fn<() => Promise<string>>(
    () => new Promise((_, reject) => setTimeout(() => reject(new Error('slow, and then broken')), ms)),
  );

test.each([callBinding, readBinding])('a call that never answers fails within its limit', async (wait) => {
  const answer = expect(wait('catalogue', () => new Promise(() => undefined))).rejects.toThrow('no answer in 3000 ms');
  await vi.advanceTimersByTimeAsync(3_000);
  await answer;
});

test.each([callBinding, readBinding])('what fails after its limit is nobody’s unhandled rejection', async (wait) => {
  const late = failsAfter(3_500);
  const answer = expect(wait('catalogue', late)).rejects.toThrow('no answer');
  await vi.advanceTimersByTimeAsync(20_000);
  await answer;
  vi.useRealTimers();
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(unhandled).not.toHaveBeenCalled();
});

test('a read that fails after its limit is not tried again: nobody waits for it', async () => {
  const late = failsAfter(3_500);
  const answer = expect(readBinding('catalogue', late)).rejects.toThrow('no answer');
  await vi.advanceTimersByTimeAsync(20_000);
  await answer;
  expect(late).toHaveBeenCalledTimes(1);
});

test('a read that fails in the pause between two tries is not tried again after the limit either', async () => {
  const late = failsAfter(2_990);
  const answer = expect(readBinding('catalogue', late)).rejects.toThrow('no answer');
  await vi.advanceTimersByTimeAsync(20_000);
  await answer;
  expect(late).toHaveBeenCalledTimes(1);
});

test('a call that throws before it waits fails as one that rejects', async () => {
  const thrown = readBinding('catalogue', () => {
    throw new Error('no such method');
  });
  const answer = expect(thrown).rejects.toThrow('catalogue: Error: no such method');
  await vi.advanceTimersByTimeAsync(1_000);
  await answer;
});
