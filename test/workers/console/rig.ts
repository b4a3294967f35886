/** A Chromium in front of the shared platform's console: real sessions, real answers. */
import axe from 'axe-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { launchChromium } from '../../player/support/browser.ts';
import { apiFetch, edgeOrigin, platformSecrets } from '../../support/edge.ts';
import { jsonOf } from '../support/http.ts';

export const PHONE = { width: 390, height: 844 } as const;
export const DESKTOP = { width: 1_440, height: 900 } as const;

export interface Look {
  readonly viewport: { readonly width: number; readonly height: number };
  readonly colorScheme: 'light' | 'dark';
}

export let page: Page;
let browser: Browser;
let context: BrowserContext;
/** What the page complained of: scripts that failed, and what the CSP refused. */
export const complaints: string[] = [];

export function useConsole(): void {
  beforeAll(async () => {
    browser = await launchChromium();
  }, 60_000);
  afterEach(async () => {
    await context?.close();
    expect(complaints.splice(0)).toEqual([]);
  });
  afterAll(async () => browser?.close());
}

/** The page as somebody finds it who was never here. */
export async function visit(at = '', look: Look = { viewport: DESKTOP, colorScheme: 'light' }): Promise<void> {
  await context?.close();
  context = await browser.newContext({ ...look, locale: 'en-GB', reducedMotion: 'reduce' });
  page = await context.newPage();
  page.on('pageerror', (error) => complaints.push(`${error.name}: ${error.message}`));
  page.on('console', (message) => {
    // A refusal of the API is shown in the page; the browser notes it too.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      complaints.push(message.text());
  });
  await page.goto(`${edgeOrigin()}/console/${at}`);
}

/** Signed in, with the first key unless told otherwise, and at a page. */
export async function open(hash: string, look?: Look, apiKey = platformSecrets().apiKey): Promise<void> {
  await visit(`#key=${apiKey}`, look);
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  await go(hash);
}

export async function go(hash: string): Promise<void> {
  await page.evaluate((to) => void (location.hash = to), hash);
}

export const heading = (name: string | RegExp) => page.getByRole('heading', { level: 1, name });

export const cookies = () => context.cookies();

interface Violation {
  readonly id: string;
  readonly impact: string | null;
  readonly nodes: readonly { readonly target: unknown; readonly failureSummary?: string }[];
}

/** Every finding of axe-core, not only those that it calls serious. */
export async function findings(): Promise<string[]> {
  // By the protocol: the page's CSP lets no script in.
  await page.evaluate(axe.source);
  const violations = await page.evaluate<Violation[]>('axe.run().then((result) => result.violations)');
  return violations.flatMap(({ id, impact, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${impact} ${id} ${JSON.stringify(target)} ${failureSummary}`),
  );
}

/** How much wider than the window the page is: 0, or one has to push it aside to read it. */
export const overflow = (): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

export interface MadeKey {
  readonly id: string;
  readonly key: string;
  readonly label: string;
}

export async function makeApiKey(scopes: readonly string[]): Promise<MadeKey> {
  const label = `console ${Math.random().toString(36).slice(2)}`;
  return jsonOf<MadeKey>(await apiFetch('/v1/api-keys', { json: { label, scopes } }), 201);
}
