/** What a long session leaves behind: the JavaScript heap after a collection, and what the renderers hold (PSS). */
import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';

export interface MemorySample {
  readonly swipes: number;
  readonly heapMegabytes: number;
  readonly rendererMegabytes: number | null;
}

export async function sampleMemory(browser: Browser, page: Page, swipes: number): Promise<MemorySample> {
  const session = await page.context().newCDPSession(page);
  try {
    await session.send('HeapProfiler.collectGarbage');
    const { usedSize } = await session.send('Runtime.getHeapUsage');
    return { swipes, heapMegabytes: usedSize / 2 ** 20, rendererMegabytes: await renderersMegabytes(browser) };
  } finally {
    await session.detach();
  }
}

async function renderersMegabytes(browser: Browser): Promise<number | null> {
  const session = await browser.newBrowserCDPSession();
  try {
    const { processInfo } = await session.send('SystemInfo.getProcessInfo');
    const renderers = processInfo.filter(({ type }) => type === 'renderer');
    return renderers.reduce((sum, { id }) => sum + pssMegabytes(id), 0);
  } catch {
    return null;
  } finally {
    await session.detach();
  }
}

/** A renderer may end between the list and the look. */
function pssMegabytes(pid: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    return Number(/^Pss:\s+([0-9]+) kB/m.exec(text)?.[1] ?? 0) / 1_024;
  } catch {
    return 0;
  }
}

/** By how much the last third is above the second: the first one still fills caches. */
export function growth(values: readonly number[]): number {
  const third = Math.floor(values.length / 3);
  const mean = (some: readonly number[]): number => some.reduce((sum, value) => sum + value, 0) / some.length;
  return mean(values.slice(-third)) / mean(values.slice(third, -third)) - 1;
}
