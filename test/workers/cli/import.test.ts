/** The real command against the real platform, killed and cut off in the middle. */
import { spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { toEpisode } from '../../../cli/import/plan.ts';
import { apiFetch, edgeOrigin } from '../../support/edge.ts';
import { fakeVersion, transcode } from '../support/fake-transcoder.ts';
import { expectProblem, jsonOf, statusOf } from '../support/http.ts';
import { createEpisode, createSeries, readEpisode, uploadSource } from '../support/library.ts';
import { sha256 } from '../support/tus-client.ts';
import { cli, cliJson, connection } from './run.ts';

const LAUNCHER = fileURLToPath(new URL('../../../cli/cliffhanger.mjs', import.meta.url));
const folder = mkdtempSync(path.join(tmpdir(), 'cliffhanger-import-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Item {
  readonly number: number;
  readonly episodeId: string | null;
  readonly outcome: string;
  readonly detail?: string;
  readonly jobId?: string;
  readonly sentBytes: number;
  readonly captionsSent?: readonly string[];
  readonly captionsFailed?: readonly string[];
  readonly dubsSent?: readonly string[];
  readonly dubsFailed?: readonly string[];
}

function season(files: Readonly<Record<string, Uint8Array | string>>): string {
  const made = mkdtempSync(path.join(folder, 'season-'));
  for (const [name, bytes] of Object.entries(files)) writeFileSync(path.join(made, name), bytes);
  return made;
}

const importing = async (from: string, series: string, ...more: string[]): Promise<Item[]> =>
  (await cliJson<{ items: Item[] }>(['import', from, '--series', series, ...more])).items;

interface JobItem {
  readonly id: string;
  readonly sourceSha256: string;
  readonly kind: string;
  readonly dub: { readonly language: string } | null;
}
const jobsOf = async (episodeId: string): Promise<JobItem[]> =>
  (await jsonOf<{ items: JobItem[] }>(await apiFetch(`/v1/jobs?episode=${episodeId}`))).items;
const episodesOf = async (series: string): Promise<{ id: string; number: number; title: string }[]> =>
  (
    await jsonOf<{ items: { id: string; number: number; title: string }[] }>(
      await apiFetch(`/v1/series/${series}/episodes`),
    )
  ).items;

/** Lets so many bytes of each connection through to the edge, then cuts it. */
async function cuttingProxy(
  bytes: number,
  cuts: number,
): Promise<{ origin: string; cut: () => number; stop: () => void }> {
  let made = 0;
  const { port } = new URL(edgeOrigin());
  const server = createServer((client) => {
    const edge = connect(Number(port), '127.0.0.1');
    let passed = 0;
    client.on('data', (chunk: Buffer) => {
      passed += chunk.length;
      edge.write(chunk);
      if (passed < bytes || made >= cuts) return;
      made += 1;
      client.destroy();
      edge.destroy();
    });
    edge.on('data', (chunk: Buffer) => client.write(chunk));
    for (const [one, other] of [
      [client, edge],
      [edge, client],
    ] as const)
      one.on('close', () => other.destroy()).on('error', () => other.destroy());
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { origin, cut: () => made, stop: () => void server.close() };
}

describe('cliffhanger import', () => {
  test('killed in the middle of an upload is gone on with, and a third time does nothing', async () => {
    const slug = `killed-${randomUUID()}`;
    const bytes = randomBytes(90_000_000);
    const from = season({ '01.mp4': bytes, '02 The letter.mp4': 'a short one' });
    const args = [LAUNCHER, 'import', from, '--series', slug, '--no-wait', '--parallel', '1'];
    // A group of its own: the launcher's child goes with it.
    const child = spawn(process.execPath, args, {
      env: { PATH: process.env['PATH'] ?? '', ...connection() },
      stdio: 'ignore',
      detached: true,
    });
    let episodeId = '';
    for (let offsetBytes = 0; offsetBytes < 8 * 1024 ** 2; await sleep(20)) {
      episodeId ||= await episodesOf(slug).then(
        ([first]) => first?.id ?? '',
        () => '',
      );
      if (episodeId === '') continue;
      const found = await jsonOf<{ items: { offsetBytes: number; state: string }[] }>(
        await apiFetch(`/v1/uploads?episode=${episodeId}`),
      );
      offsetBytes = found.items[0]?.offsetBytes ?? 0;
      expect(found.items[0]?.state ?? 'open').toBe('open');
    }
    process.kill(-(child.pid ?? 0), 'SIGKILL');
    expect(await jobsOf(episodeId)).toEqual([]);

    const [first, second] = await importing(from, slug, '--no-wait');
    expect(first).toMatchObject({ number: 1, episodeId, outcome: 'uploaded' });
    expect(first?.sentBytes).toBeGreaterThan(0);
    expect(first?.sentBytes).toBeLessThanOrEqual(bytes.length - 8 * 1024 ** 2);
    expect(second).toMatchObject({ number: 2, outcome: 'uploaded', sentBytes: 11 });
    expect(await jobsOf(episodeId)).toMatchObject([{ sourceSha256: sha256(bytes) }]);
    expect((await episodesOf(slug)).map(({ number, title }) => [number, title])).toEqual([
      [1, 'Episode 1'],
      [2, 'The letter'],
    ]);

    const again = await importing(from, slug, '--no-wait');
    expect(again).toMatchObject([{ sentBytes: 0 }, { sentBytes: 0 }]);
    expect(await jobsOf(episodeId)).toHaveLength(1);
  });

  test('goes on through connections that break', async () => {
    const series = await createSeries();
    const bytes = randomBytes(30_000_000);
    const from = season({ 'e1.mp4': bytes });
    const proxy = await cuttingProxy(5_000_000, 3);
    const env = { ...connection(), CLIFFHANGER_EDGE: proxy.origin };
    const { items } = await cliJson<{ items: Item[] }>(['import', from, '--series', series.slug, '--no-wait'], 0, env);
    proxy.stop();
    expect(proxy.cut()).toBe(3);
    expect(items).toMatchObject([{ outcome: 'uploaded' }]);
    expect(await jobsOf(items[0]?.episodeId ?? '')).toMatchObject([{ sourceSha256: sha256(bytes) }]);
  });

  test('ends at once, and says why, when its episode is deleted in the middle of an upload', async () => {
    const series = await createSeries();
    const { id } = await createEpisode(series.id, 1);
    const from = season({ '1.mp4': randomBytes(90_000_000) });
    const run = cli(['import', from, '--series', series.slug, '--no-wait', '--json']);
    interface Standing {
      readonly id: string;
      readonly offsetBytes: number;
    }
    const uploadOf = async (): Promise<Standing | undefined> =>
      (await jsonOf<{ items: Standing[] }>(await apiFetch(`/v1/uploads?episode=${id}`))).items[0];
    while (((await uploadOf())?.offsetBytes ?? 0) < 8 * 1024 ** 2) await sleep(20);
    const headers = { 'Tus-Resumable': '1.0.0' };
    const upload = `/v1/uploads/${(await uploadOf())?.id ?? ''}`;
    await statusOf(await apiFetch(`/v1/episodes/${id}`, { method: 'DELETE' }));
    // Between two of its requests; while one writes, the upload is locked.
    while ((await statusOf(await apiFetch(upload, { method: 'DELETE', headers }))) !== 204) await sleep(5);
    const deletedAtMs = Date.now();
    const { code, stdout, stderr } = await run;
    expect(Date.now() - deletedAtMs).toBeLessThan(15_000);
    expect(code).not.toBe(0);
    expect(stdout + stderr).toContain('No such episode');
  });

  test('publishes what an earlier run uploaded, without sending it again', async () => {
    const series = await createSeries();
    const from = season({ '1.mp4': 'one' });
    const [uploaded] = await importing(from, series.slug, '--no-wait');
    await transcode(uploaded?.jobId ?? '', fakeVersion());
    expect(await importing(from, series.slug)).toMatchObject([{ outcome: 'skipped', sentBytes: 0 }]);
    expect(await importing(from, series.slug, '--publish')).toMatchObject([{ outcome: 'published', sentBytes: 0 }]);
    expect((await readEpisode(uploaded?.episodeId ?? '')).state).toBe('published');
    expect(await importing(from, series.slug, '--publish')).toMatchObject([{ outcome: 'skipped', sentBytes: 0 }]);
  });

  test('leaves an episode of another file alone unless it is told to replace it', async () => {
    const series = await createSeries();
    const episode = await createEpisode(series.id, 1);
    await transcode((await uploadSource(episode.id, 'another file')).id, fakeVersion());
    const from = season({ '1.mp4': 'one' });
    const [kept] = await importing(from, series.slug, '--no-wait');
    expect(kept).toMatchObject({ outcome: 'skipped', sentBytes: 0 });
    expect(kept?.detail).toContain('--replace');
    expect(await importing(from, series.slug, '--no-wait', '--replace')).toMatchObject([{ outcome: 'uploaded' }]);
    expect(await jobsOf(episode.id)).toHaveLength(2);
  });

  test('refuses two files of one number before it makes anything', async () => {
    const slug = `clash-${randomUUID()}`;
    const run = await cli(['import', season({ '1.mp4': 'a', 'e01.mov': 'b', '2.mp4': 'c' }), '--series', slug]);
    expect(run).toMatchObject({ code: 1, stdout: '' });
    expect(run.stderr).toContain('episode 1: 1.mp4, e01.mov');
    await expectProblem(await apiFetch(`/v1/series/${slug}`), 'series-not-found');
  });

  test('says what it would do, and does nothing', async () => {
    const slug = `dry-${randomUUID()}`;
    const items = await importing(season({ '10.mp4': 'j', '9.mp4': 'i' }), slug, '--dry-run');
    expect(items).toMatchObject([
      { number: 9, outcome: 'planned', episodeId: null },
      { number: 10, outcome: 'planned', episodeId: null },
    ]);
    await expectProblem(await apiFetch(`/v1/series/${slug}`), 'series-not-found');
  });

  test('brings the captions that lie beside a video, once, and says of which it cannot', async () => {
    const series = await createSeries();
    const cue = 'WEBVTT\n\n00:00.000 --> 00:01.000\nhello\n';
    const from = season({
      '01 A.mp4': 'a',
      '01.en.vtt': cue,
      '01 A.pt-BR.vtt': cue,
      '1.fr.vtt': 'none',
      '2.de.vtt': cue,
    });
    const run = await cli(['import', from, '--series', series.slug, '--no-wait', '--json']);
    expect(run.code).toBe(1);
    const [item] = (JSON.parse(run.stdout) as { items: Item[] }).items;
    expect(item).toMatchObject({ outcome: 'uploaded', captionsSent: ['01 A.pt-BR.vtt', '01.en.vtt'] });
    expect(item?.captionsFailed).toMatchObject([expect.stringMatching(/^1\.fr\.vtt: ./)]);
    await transcode(item?.jobId ?? '', fakeVersion());
    const tracks = async () =>
      await jsonOf<{ revision: number; tracks: { language: string }[] }>(
        await apiFetch(`/v1/episodes/${item?.episodeId}/tracks`),
      );
    const first = await tracks();
    expect(first.tracks.map(({ language }) => language).toSorted()).toEqual(['en', 'pt-BR']);
    const again = await cli(['import', from, '--series', series.slug, '--no-wait']);
    expect(again.stdout).toContain('Captions that cannot be used: 1.fr.vtt');
    expect(again.stdout).not.toContain('01.en.vtt');
    expect(await tracks()).toEqual(first);
  });

  test('adds the dubs that lie beside a video once it is there, each once, and another file in the place of the first', async () => {
    const series = await createSeries();
    const [spanish, french] = [randomBytes(1_000), randomBytes(1_000)];
    const from = season({ '01 A.mp4': 'a', '01.es.m4a': spanish, '01 A.fr.wav': french, '2.de.mp3': 'of another' });
    const early = await cli(['import', from, '--series', series.slug, '--no-wait', '--json']);
    expect(early.code).toBe(1);
    const [item] = (JSON.parse(early.stdout) as { items: Item[] }).items;
    expect(item).toMatchObject({
      outcome: 'uploaded',
      dubsFailed: [/A\.fr\.wav: .*no picture yet/, /^01\.es\.m4a: /].map((form) => expect.stringMatching(form)),
    });
    await transcode(item?.jobId ?? '', fakeVersion());
    const dubs = async () => (await jobsOf(item?.episodeId ?? '')).filter(({ kind }) => kind === 'dub');
    expect(await importing(from, series.slug, '--no-wait')).toMatchObject([
      { outcome: 'skipped', dubsSent: ['01 A.fr.wav', '01.es.m4a'] },
    ]);
    const sent = await dubs();
    expect(sent.map(({ dub, sourceSha256 }) => `${dub?.language} ${sourceSha256}`)).toEqual([
      `es ${sha256(spanish)}`,
      `fr ${sha256(french)}`,
    ]);
    await importing(from, series.slug, '--no-wait');
    expect(await dubs()).toEqual(sent);
    const mended = randomBytes(900);
    writeFileSync(path.join(from, '01.es.m4a'), mended);
    expect((await importing(from, series.slug, '--no-wait'))[0]?.dubsSent).toContain('01.es.m4a');
    expect((await dubs())[0]).toMatchObject({ dub: { language: 'es' }, sourceSha256: sha256(mended) });
  });

  test('tells a file’s progress line by line where nobody looks', async () => {
    const run = await cli(['import', season({ '1.mp4': 'one' }), '--series', (await createSeries()).slug, '--no-wait']);
    expect(run.stderr).toContain('1.mp4: hashing');
    expect(run.stderr).toContain('1.mp4: uploaded');
    expect(run.stderr).not.toContain('\u001b');
  });

  test.each([
    [['--parallel', '0'], 2],
    [['--parallel', 'many'], 2],
    [['--no-wait', '--publish'], 2],
  ])('refuses %j', async (more, code) => {
    expect((await cli(['import', season({ '1.mp4': 'one' }), '--series', 'x', ...more])).code).toBe(code);
  });
});

describe('the name of a file', () => {
  test.each([
    ['01.mp4', 1, 'Episode 1'],
    ['Ep 12 – Title.mov', 12, 'Title'],
    ['03 The letter.mp4', 3, 'The letter'],
    ['03. The letter.mp4', 3, 'The letter'],
    ['the-heiress_e07.mp4', 7, 'Episode 7'],
    ['Episode 4 - Two of us.mkv', 4, 'Two of us'],
    ['E5_A_storm.mp4', 5, 'A storm'],
    ['prologue.mp4', 9, 'Episode 9'],
  ])('%s is episode %i, "%s"', (name, number, title) => {
    expect(toEpisode(`/somewhere/${name}`, 9)).toMatchObject({ number, title });
  });
});
