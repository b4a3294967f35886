import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { apiFetch, edgeFetch } from '../../support/edge.ts';
import { removeObject } from '../support/bucket.ts';
import { fakeVersion, transcode } from '../support/fake-transcoder.ts';
import { jsonOf, statusOf } from '../support/http.ts';
import {
  createEpisode,
  createSeries,
  publish,
  publishedEpisode,
  readEpisode,
  uploadSource,
} from '../support/library.ts';
import { newViewerId } from '../support/tokens.ts';
import type { Doctor } from './doctor-wire.ts';
import { cli, cliJson, connection } from './run.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'cliffhanger-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function videoFile(name: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, `bytes of ${name}`);
  return file;
}

/** Plays the transcoder for every job of these episodes that comes up while the work is done. */
async function transcoding<T>(seriesId: string, work: Promise<T>): Promise<T> {
  let isDone = false;
  const finished = work.finally(() => void (isDone = true));
  finished.catch(() => undefined);
  while (!isDone) {
    const { items } = await jsonOf<{ items: { id: string; episodeId: string }[] }>(
      await apiFetch('/v1/jobs?state=queued'),
    );
    // The oldest first: on the way to a younger one it would be taken and dropped.
    for (const job of items.toReversed())
      if ((await readEpisode(job.episodeId)).seriesId === seriesId) await transcode(job.id, fakeVersion());
    await sleep(100);
  }
  return finished;
}

describe('cliffhanger', () => {
  test('makes a series and an episode, uploads, publishes, and the viewer’s token plays it', async () => {
    const slug = `cli-${randomUUID()}`;
    const series = await cliJson<{ id: string }>([
      'series',
      'create',
      slug,
      '--title',
      'Of the CLI',
      '--price',
      '3',
      '--free',
      '1',
    ]);
    const read = await cliJson<{ slug: string; access: object }>(['series', 'get', slug]);
    expect(read).toMatchObject({ slug, access: { coinPrice: 3, freeEpisodes: 1 } });
    expect((await cli(['series', 'list'])).stdout).toContain(slug);
    const episode = await cliJson<{ id: string; state: string }>([
      'episode',
      'create',
      slug,
      '--number',
      '1',
      '--title',
      'One',
    ]);
    expect(episode.state).toBe('draft');
    const file = videoFile('one.mp4');
    const uploaded = await transcoding(
      series.id,
      cliJson<{ job: { state: string }; episode: { state: string } }>(['episode', 'upload', episode.id, file]),
    );
    expect(uploaded).toMatchObject({ job: { state: 'succeeded' }, episode: { state: 'ready' } });
    expect(await cliJson(['episode', 'publish', episode.id])).toMatchObject({ state: 'published' });
    expect(await cliJson(['episode', 'get', episode.id])).toMatchObject({ state: 'published' });
    expect(await cliJson(['episode', 'list', slug])).toMatchObject({ items: [{ number: 1, state: 'published' }] });
    const token = (await cli(['token', newViewerId(), '--ttl', '60'])).stdout.trim();
    expect(await statusOf(await edgeFetch(`/v1/episodes/${episode.id}/playlist.m3u8?token=${token}`))).toBe(200);
    expect(await cliJson(['stats', episode.id])).toMatchObject({ episodeId: episode.id, views: 0 });
    expect((await cli(['stats', episode.id])).stdout).toContain('views');
    expect(await cliJson(['stats', episode.id, '--segment', 'country:DE'])).toMatchObject({ segment: 'country:DE' });
    expect((await cli(['stats', episode.id, '--from', 'soon'])).stderr).toContain('from: is no time');
  });

  test('imports a folder by the numbers in its names, once', async () => {
    const series = await createSeries();
    const season = mkdtempSync(path.join(folder, 'season-'));
    for (const name of ['02 The letter.mp4', '10_Farewell.mov', 'notes.txt'])
      writeFileSync(path.join(season, name), name);
    const args = ['import', season, '--series', series.slug, '--publish'];
    const first = await transcoding(series.id, cliJson<{ items: object[] }>(args));
    expect(first.items).toMatchObject([
      { number: 2, title: 'The letter', outcome: 'published' },
      { number: 10, title: 'Farewell', outcome: 'published' },
    ]);
    const again = await cliJson<{ items: object[] }>(args);
    expect(again.items).toMatchObject([{ outcome: 'skipped' }, { outcome: 'skipped' }]);
  });

  test('says which file of an import failed, and does the others', async () => {
    const series = await createSeries();
    const season = mkdtempSync(path.join(folder, 'season-'));
    writeFileSync(path.join(season, 'e1.mp4'), 'x');
    writeFileSync(path.join(season, 'e2.mp4'), '');
    const run = await cli(['import', season, '--series', series.slug, '--no-wait']);
    expect(run.code).toBe(1);
    expect(`${run.stdout}${run.stderr}`).toContain('e2.mp4 is empty');
  });

  test('gives coins and grants, and a repeated credit under one key is one', async () => {
    const viewer = newViewerId();
    const args = ['credit', viewer, '40', '--kind', 'paid', '--idempotency-key', 'order-1'];
    expect(await cliJson(args)).toMatchObject({ coins: 40, wallet: { coins: 40 } });
    expect(await cliJson(args)).toMatchObject({ wallet: { coins: 40 } });
    expect((await cli(['credit', viewer, '2'])).stdout).toContain('42 (40 paid, 2 bonus)');
    expect(await cliJson(['grant', viewer, '--pass', 'vip'])).toMatchObject({ scope: 'all', pass: 'vip' });
  });
});

describe('cliffhanger doctor', () => {
  test('plays the beginning of what is published, and names the episode whose segment is gone', async () => {
    const series = await createSeries({ coinPrice: 5 });
    const whole = await publishedEpisode(series.id, 1);
    const broken = await createEpisode(series.id, 2);
    const grant = await transcode((await uploadSource(broken.id)).id);
    await publish(broken.id);
    await removeObject(grant.uploads.find(({ path: name }) => name === 'v0/0.m4s')?.url ?? '');
    const { ok, findings, scopes } = await cliJson<Doctor>(['doctor'], 1);
    expect(ok).toBe(false);
    expect(scopes).toEqual(['catalog', 'ingest', 'entitlements', 'tokens', 'analytics', 'admin']);
    expect(findings.map(({ check }) => check)).toEqual(expect.arrayContaining(['edge', 'key', 'jobs', 'webhooks']));
    expect(findings.filter(({ detail }) => detail.includes(whole.id))).toEqual([]);
    const named = findings.filter(({ detail }) => detail.includes(broken.id));
    expect(named).toMatchObject([{ check: 'episodes', state: 'error' }]);
    expect(named[0]?.detail).toContain('first segment: answered 404');
    await statusOf(await apiFetch(`/v1/series/${series.id}`, { method: 'DELETE' }));
  });

  test('asks for the proof of one viewer’s ledger', async () => {
    const args = ['doctor', '--viewer', newViewerId()];
    // Other tests may have left something for it to find.
    const { findings } = await cliJson<Doctor>(args).catch(() => cliJson<Doctor>(args, 1));
    const [ledger] = findings.filter(({ check }) => check === 'ledger');
    expect(['ok', 'skipped']).toContain(ledger?.state);
  });

  test('with a key of less looks only at what it may, and says so', async () => {
    const { key } = await jsonOf<{ key: string }>(
      await apiFetch('/v1/api-keys', { json: { label: 'cli', scopes: ['ingest'] } }),
      201,
    );
    const run = await cli(['doctor'], { ...connection(), CLIFFHANGER_API_KEY: key });
    expect(run.stdout).toMatch(/ok +key +has ingest/);
    expect(run.stdout).toMatch(/skipped +episodes +the key lacks the scope catalog, tokens/);
  });
});

describe('cliffhanger says what is wrong', () => {
  test('of a refusal: its detail, and the page about it', async () => {
    const run = await cli(['series', 'get', 'nobody']);
    expect(run).toMatchObject({ code: 1, stdout: '' });
    expect(run.stderr).toContain('No such series. (series-not-found)');
    const page = /What to do: (\S+)/.exec(run.stderr)?.[1] ?? '';
    expect(await statusOf(await fetch(page))).toBe(200);
  });

  test('as JSON, on stderr', async () => {
    const run = await cli(['series', 'get', 'nobody', '--json']);
    expect(run).toMatchObject({ code: 1, stdout: '' });
    expect(JSON.parse(run.stderr)).toMatchObject({ error: { code: 'series-not-found', status: 404 } });
  });

  test.each([
    [['serie'], 'There is no command "serie"'],
    [['series'], 'series list, series create, series get'],
    [['series', 'create'], 'needs <slug>'],
    [['series', 'create', 'x'], '--title is needed'],
    [['series', 'list', 'x'], 'too much'],
    [['series', 'list', '--nope'], '--nope'],
    [['credit', 'v', 'many'], 'no whole number'],
    [['grant', 'v', '--scope', 'world'], 'it is one of episode, season, series, all'],
  ])('of %j: exit code 2', async (args, message) => {
    const run = await cli(args);
    expect(run.code).toBe(2);
    expect(run.stderr).toContain(message);
  });

  test('of a wrong key: exit code 1; of an edge that is not there: 3', async () => {
    const wrong = await cli(['series', 'list'], { ...connection(), CLIFFHANGER_API_KEY: 'sk_no' });
    expect(wrong).toMatchObject({ code: 1 });
    expect(wrong.stderr).toContain('api-key-invalid');
    const gone = await cli(['series', 'list'], {
      CLIFFHANGER_EDGE: 'http://127.0.0.1:9',
      CLIFFHANGER_API_KEY: 'sk_no',
    });
    expect(gone).toMatchObject({ code: 3 });
    expect(gone.stderr).toContain('http://127.0.0.1:9 does not answer');
  });

  test('where nothing runs, and never sends the local key elsewhere', async () => {
    const nothing = await cli(['series', 'list'], { CLIFFHANGER_DATA: folder });
    expect(nothing).toMatchObject({ code: 2 });
    expect(nothing.stderr).toContain('npm start');
    const { CLIFFHANGER_EDGE: edge, CLIFFHANGER_API_KEY: apiKey } = connection();
    writeFileSync(path.join(folder, 'ready.json'), JSON.stringify({ edge, apiKey }));
    expect(await cli(['series', 'list'], { CLIFFHANGER_DATA: folder })).toMatchObject({ code: 0 });
    const elsewhere = await cli(['series', 'list', '--edge', 'https://elsewhere.example'], {
      CLIFFHANGER_DATA: folder,
    });
    expect(elsewhere).toMatchObject({ code: 2 });
    expect(elsewhere.stderr).toContain('Name the API key for https://elsewhere.example');
  });

  test('takes its options before the command as well as behind it', async () => {
    const { slug } = await createSeries();
    const { CLIFFHANGER_EDGE: edge = '', CLIFFHANGER_API_KEY: key = '' } = connection();
    for (const words of [
      ['--edge', edge, '--key', key, '--json', 'series', 'get', slug],
      ['series', '--edge', edge, 'get', '--key', key, slug, '--json'],
      [`--edge=${edge}`, `--key=${key}`, 'series', '--json', 'get', slug],
    ]) {
      const { stdout, code } = await cli(words, {});
      expect([code, (JSON.parse(stdout) as { slug: string }).slug]).toEqual([0, slug]);
    }
  });

  test.each([
    [['help'], 'doctor'],
    [['--edge', 'http://127.0.0.1:1', '--help'], 'doctor'],
    [['series', '--help'], 'series get <series>'],
    [['--help', 'series'], 'series get <series>'],
    [['help', 'episode'], 'episode upload'],
    [['help', 'series', 'get'], 'cliffhanger series get <series>'],
    [['-h', 'series', 'get'], 'cliffhanger series get <series>'],
  ])('helps with %j', async (words, text) => {
    const { stdout, code } = await cli(words, {});
    expect([code, stdout]).toEqual([0, expect.stringContaining(text)]);
  });

  test('says what is below a word that is no command by itself', async () => {
    const { stderr, code } = await cli(['series']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('"series" is one of: series ')]);
  });

  test('with help for each command', async () => {
    const { stdout, code } = await cli(['--help']);
    expect(code).toBe(0);
    const names = [...stdout.matchAll(/^ {2}((?:series|episode|[a-z]+)(?: [a-z]+)?)(?= |$)/gm)].map(
      ([, name = '']) => name,
    );
    expect(names.length).toBeGreaterThan(12);
    const help = await cli(['episode', 'upload', '--help']);
    expect(help.stdout).toContain('--no-wait');
    const episode = await createEpisode((await createSeries()).id);
    const missing = await cli(['episode', 'upload', episode.id, path.join(folder, 'none.mp4')]);
    expect(missing.stderr).toContain('no such file');
  });
});
