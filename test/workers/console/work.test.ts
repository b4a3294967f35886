/** What operators do in the console: each of it arrives at the API. */
import { describe, expect, test } from 'vitest';
import { apiFetch } from '../../support/edge.ts';
import { finish, leaseJob, sendFailed, sendProgress } from '../support/fake-transcoder.ts';
import { jsonOf, statusOf } from '../support/http.ts';
import { createEpisode, createSeries, readEpisode, uploadSource } from '../support/library.ts';
import { go, heading, open, page, useConsole } from './rig.ts';

useConsole();

describe('in the console', { timeout: 60_000 }, () => {
  test('a series is made, an episode in it, and its video is sent, followed and published', async () => {
    await open('#/series');
    await page.getByRole('button', { name: 'New series' }).click();
    const title = `Made by hand ${Math.random().toString(36).slice(2, 8)}`;
    await page.getByLabel('Title').fill(title);
    await page.getByRole('button', { name: 'Make it' }).click();
    await heading(title).waitFor();
    await page.getByRole('button', { name: 'New episode' }).click();
    await page.getByLabel('Title').fill('The first one');
    await page.getByRole('button', { name: 'Make it' }).click();
    await page.getByRole('rowheader', { name: '1. The first one' }).waitFor();
    const file = { name: 'one.mp4', mimeType: 'video/mp4', buffer: Buffer.from('a source of a few bytes') };
    await page.locator('input[type=file]').setInputFiles(file);
    await page.getByText('Waiting for a transcoder').waitFor();
    const id =
      (await page.getByRole('link', { name: '1. The first one' }).getAttribute('href'))?.split('/').at(-1) ?? '';
    const { items } = await jsonOf<{ items: { id: string }[] }>(await apiFetch(`/v1/jobs?episode=${id}`));
    const job = await leaseJob(items[0]?.id ?? '');
    await statusOf(await sendProgress(job, 0.5));
    await page.getByText('Transcoding').waitFor();
    await finish(job);
    await page.getByText('Ready', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Publish' }).click();
    await page.getByText('Published', { exact: true }).waitFor();
    expect((await readEpisode(id)).state).toBe('published');
  });

  test('a job is watched as it goes, says why it failed, and is tried again', async () => {
    const episode = await createEpisode((await createSeries()).id, 1, { title: 'The broken one' });
    const { id } = await uploadSource(episode.id);
    await open(`#/jobs/${id}`);
    await page.getByRole('dialog', { name: 'Job' }).getByText('Waiting for a transcoder').first().waitFor();
    const job = await leaseJob(id);
    await statusOf(await sendProgress(job, 0.4));
    await page.getByRole('dialog').getByText('40 %').waitFor();
    await statusOf(await sendFailed(job, false));
    await page.getByRole('dialog').getByText('no-video-stream').waitFor();
    await page.getByRole('button', { name: 'Try it again' }).click();
    await page.getByRole('button', { name: 'Cancel the job' }).click();
    await page.getByRole('dialog').getByText('Cancelled').first().waitFor();
  });

  test('an API key is made and shown once, and revoked', async () => {
    await open('#/settings');
    await page.getByRole('button', { name: 'New key' }).click();
    const label = `a shop ${Math.random().toString(36).slice(2, 8)}`;
    await page.getByLabel('Label').fill(label);
    await page.getByLabel(/^catalog/).check();
    await page.getByRole('button', { name: 'Make the key' }).click();
    const key = (await page.getByTestId('secret').textContent()) ?? '';
    const use = async (): Promise<number> =>
      statusOf(await apiFetch('/v1/series?limit=1', { headers: { authorization: `Bearer ${key}` } }));
    expect(await use()).toBe(200);
    await page.reload();
    await page.getByRole('rowheader', { name: label }).waitFor();
    expect(await page.getByTestId('secret').count()).toBe(0);
    await page.getByRole('button', { name: `Revoke ${label}` }).click();
    await page.getByRole('button', { name: 'Revoke the key' }).click();
    await page.getByRole('rowheader', { name: label }).waitFor({ state: 'detached' });
    expect(await use()).toBe(401);
  });

  test('a drop is planned: what is missing is said, and it is planned all the same; then it is cancelled', async () => {
    const title = `For Friday ${Math.random().toString(36).slice(2, 8)}`;
    const series = await createSeries({}, { title });
    const episode = await createEpisode(series.id, 1, { title: 'Not there yet' });
    await open('#/drops');
    await page.getByRole('button', { name: 'New drop' }).click();
    await page.getByLabel('Series').selectOption(series.id);
    await page.getByLabel('1. Not there yet').check();
    await page.getByRole('button', { name: 'Plan it' }).click();
    await page.getByText('They cannot go out as they are').waitFor();
    await page.getByText(/Not there yet is .*: it has nothing to play/).waitFor();
    await page.getByRole('button', { name: 'Plan it all the same' }).click();
    const row = page
      .getByRole('listitem')
      .filter({ hasText: 'Cancel the drop of' })
      .filter({ hasText: 'Not there yet' });
    await row.getByText('Scheduled').waitFor();
    const { items } = await jsonOf<{ items: { at: string; state: string; episodes: string[] }[] }>(
      await apiFetch('/v1/drops?limit=100'),
    );
    const planned = items.find(({ episodes }) => episodes.includes(episode.id));
    expect(planned?.state).toBe('scheduled');
    expect(Date.parse(planned?.at ?? '')).toBeGreaterThan(Date.now() + 86_000_000);
    await row.getByRole('button', { name: /^Cancel the drop of/ }).click();
    await page.getByRole('button', { name: 'Cancel the drop', exact: true }).click();
    await expect
      .poll(
        async () =>
          (await jsonOf<{ items: typeof items }>(await apiFetch('/v1/drops?limit=100'))).items.find(({ episodes }) =>
            episodes.includes(episode.id),
          )?.state,
      )
      .toBe('cancelled');
  });

  test('an alert is made, changed and deleted', async () => {
    await open('#/alerts');
    await page.getByRole('button', { name: 'New alert' }).click();
    const name = `Falling ${Math.random().toString(36).slice(2, 8)}`;
    await page.getByLabel('Name').fill(name);
    await page.getByRole('combobox', { name: 'Number' }).selectOption('completionRate');
    await page.getByRole('combobox', { name: 'Is', exact: true }).selectOption('below');
    await page.getByLabel('This, per cent').fill('40');
    await page.getByRole('button', { name: 'Make it' }).click();
    const row = page.getByRole('row').filter({ hasText: name });
    await row.getByText('Completion rate below 40.0%').waitFor();
    const { items } = await jsonOf<{ items: { name: string; threshold: number }[] }>(
      await apiFetch('/v1/alerts?limit=100'),
    );
    expect(items.find((alert) => alert.name === name)?.threshold).toBe(0.4);
    await row.getByRole('button', { name: 'Change' }).click();
    await page.getByLabel('This, per cent').fill('35');
    await page.getByRole('button', { name: 'Save' }).click();
    await row.getByText('below 35.0%').waitFor();
    await row.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('button', { name: 'Delete it' }).click();
    await row.waitFor({ state: 'detached' });
  });

  test('a lost connection is said, and over when it is back', async () => {
    await open('#/jobs');
    await heading('Jobs').waitFor();
    await page.context().setOffline(true);
    await page.getByText('You are offline.').waitFor();
    await page.context().setOffline(false);
    await page.getByText('You are offline.').waitFor({ state: 'detached' });
    await go('#/drops');
    await heading('Drops').waitFor();
  });
});
