/** The console's door, as a person meets it. What the session is worth: test/workers/http/console-session.test.ts */
import { describe, expect, test } from 'vitest';
import { apiFetch, platformSecrets } from '../../support/edge.ts';
import { statusOf } from '../support/http.ts';
import { cookies, go, heading, makeApiKey, open, page, useConsole, visit } from './rig.ts';

useConsole();

describe('who comes to the console', { timeout: 60_000 }, () => {
  test('is asked for a key, is told when it is none, and is in with one that is', async () => {
    await visit();
    const field = page.getByLabel('API key');
    await field.waitFor();
    expect(await field.evaluate((it) => it === document.activeElement)).toBe(true);
    await field.fill('sk_nonsense');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText('The API key was not accepted.').waitFor();
    await field.fill(platformSecrets().apiKey);
    await page.keyboard.press('Enter');
    await heading('Overview').waitFor();
  });

  test('leaves no key where a script could read it, and is still in after a reload', async () => {
    await open('#/');
    const [cookie] = await cookies();
    expect(cookie).toMatchObject({ name: '__Host-cliffhanger', httpOnly: true, secure: true, sameSite: 'Strict' });
    const kept = await page.evaluate(() =>
      JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href, document.title]),
    );
    expect(kept).not.toContain(platformSecrets().apiKey.slice(-20));
    await page.reload();
    await heading('Overview').waitFor();
  });

  test('is out after signing out, also when going back', async () => {
    await open('#/jobs');
    await heading('Jobs').waitFor();
    await page.getByRole('button', { name: 'Sign out' }).last().click();
    await heading('Sign in').waitFor();
    expect(await cookies()).toEqual([]);
    await page.reload();
    await heading('Sign in').waitFor();
  });

  test('is asked again when the key is revoked, and is then back on the same page', async () => {
    const { id, key } = await makeApiKey(['catalog', 'ingest', 'analytics']);
    await open('#/jobs', undefined, key);
    await heading('Jobs').waitFor();
    expect(await statusOf(await apiFetch(`/v1/api-keys/${id}`, { method: 'DELETE' }))).toBe(204);
    await go('#/series');
    await page.getByText('Your session has ended.').waitFor();
    await page.getByLabel('API key').fill(platformSecrets().apiKey);
    await page.keyboard.press('Enter');
    await heading('Series').waitFor();
  });

  test('is told which scope a page needs that the key has not', async () => {
    const { key } = await makeApiKey(['catalog', 'analytics']);
    await open('#/jobs', undefined, key);
    await page.getByText('Your API key lacks the scope “ingest”.').waitFor();
    await go('#/series');
    await page.getByRole('table').waitFor();
  });
});
