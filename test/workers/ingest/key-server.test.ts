/** A platform of its own whose keys of `cbcs` come from a key server. @see docs/decisions/031-key-provider.md */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { MAX_KEY_WAIT_MS } from '#core/ingest/limits.ts';
import type { LeasedJob } from '#core/ingest/transcoder-protocol.ts';
import { startPlatform, type Platform } from '../../../scripts/platform/index.ts';
import { freePort } from '../../../scripts/platform/port.ts';
import type { WorkerOptions } from '../../../scripts/platform/worker-options.ts';
import { apiFetch, edgeFetch } from '../../support/edge.ts';
import {
  fakeVersion,
  lease,
  leaseJob,
  putObjects,
  sendCompleted,
  type FakeVersion,
} from '../support/fake-transcoder.ts';
import { jsonOf, statusOf } from '../support/http.ts';
import {
  answerFor,
  base64,
  FAIRPLAY,
  psshBox,
  sendXml,
  signallingOf,
  startKeyServer,
  type AskedKey,
  type KeyServer,
} from '../support/key-server.ts';
import { createEpisode, createSeries, publish, readJob, uploadSource } from '../support/library.ts';
import { ownEdge } from '../support/own-edge.ts';
import { newViewerId, viewerToken } from '../support/tokens.ts';
import { feed, mediaPrefix } from '../support/viewers.ts';

vi.mock('../../support/edge.ts', () => import('../support/own-edge.ts'));

const SYSTEM_IDS = [
  'edef8ba9-79d6-4ace-a3c8-27dcd51d21ed',
  '9a04f079-9840-4286-ab92-e65be0885f95',
  '94ce86fb-07ff-4f43-adb8-93d2fa968ca2',
];
const API_KEY = 'a-key-of-the-key-server-4711';
const dataDir = mkdtempSync(path.join(tmpdir(), 'cliffhanger-key-server-'));
const lines: string[] = [];
let platform: Platform;
let keyServer: KeyServer;
let sqlOrigin = '';

/** Beside the platform's Workers, one that runs SQL on its database. */
const SQL = `export default { async fetch(request, env) {
  const { sql, values } = await request.json();
  return Response.json((await env.DB.prepare(sql).bind(...values).all()).results);
} };`;

async function sql<Row>(text: string, ...values: readonly (string | number)[]): Promise<Row[]> {
  return jsonOf<Row[]>(await fetch(sqlOrigin, { method: 'POST', body: JSON.stringify({ sql: text, values }) }));
}

beforeAll(async () => {
  keyServer = await startKeyServer();
  const port = await freePort();
  sqlOrigin = `http://127.0.0.1:${port}`;
  const adapt = (workers: WorkerOptions[]): WorkerOptions[] => {
    const secret = { KEY_SERVER_HEADERS: JSON.stringify({ 'x-api-key': API_KEY }) };
    const sqlWorker = {
      name: 'sql',
      compatibilityDate: '2026-10-20',
      modules: [{ type: 'ESModule', path: 'sql.js', contents: SQL }],
      d1Databases: workers[0]?.['d1Databases'],
      unsafeDirectSockets: [{ host: '127.0.0.1', port }],
    };
    const told = workers.map((worker) => ({ ...worker, bindings: { ...(worker['bindings'] as object), ...secret } }));
    return [...told, sqlWorker];
  };
  const vars = { KEY_SERVER_URL: keyServer.url };
  const log = (line: string): void => void lines.push(line);
  platform = await startPlatform({ port: 0, dataDir, secrets: ownEdge.secrets, demo: false, log, adapt, vars });
  ownEdge.origin = platform.origin;
});

afterAll(async () => {
  await platform.stop();
  await keyServer.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

beforeEach(() => keyServer.heal());

/** A queued job of a series under `cbcs`. */
async function queued(): Promise<{ episodeId: string; jobId: string }> {
  const { id } = await createSeries();
  await sql("UPDATE series SET protection = 'cbcs' WHERE id = ?", id);
  const episode = await createEpisode(id);
  return { episodeId: episode.id, jobId: (await uploadSource(episode.id)).id };
}

/** What our packager makes of the lease, as far as the edge can see it. */
function withSignalling({ objects, result }: FakeVersion, { contentKey }: LeasedJob): FakeVersion {
  const signalling = contentKey?.signalling;
  const written = [...objects].map(([name, bytes]): readonly [string, Buffer] => {
    const tags = name.endsWith('/media.m3u8')
      ? signalling?.mediaPlaylistTags
      : name === 'multivariant.m3u8'
        ? signalling?.multivariantPlaylistTags
        : [];
    if (tags === undefined || tags.length === 0) return [name, bytes];
    return [name, Buffer.from(bytes.toString().replace(/(#EXT-X-(?:MAP|FUTURE).*\n)/, `$1${tags.join('\n')}\n`))];
  });
  const listed = written.map(([name, bytes]) => ({ path: name, sizeBytes: bytes.length }));
  return { objects: new Map(written), result: { ...result, objects: listed, protection: 'cbcs' } };
}

describe('a version under cbcs', () => {
  test('is encrypted with the key of the key server, which is asked as SPEKE v2 has it', async () => {
    const { episodeId, jobId } = await queued();
    const { contentKey } = await leaseJob(jobId);
    const asked = keyServer.asked.at(-1);
    expect(asked?.headers).toMatchObject({
      'content-type': 'application/xml',
      'x-speke-version': '2.0',
      'x-api-key': API_KEY,
    });
    expect(asked).toMatchObject({ contentId: episodeId, systemIds: SYSTEM_IDS });
    const kid = asked?.kid ?? '';
    expect(kid).toMatch(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(asked?.document).toContain(`<cpix:ContentKeyUsageRule kid="${kid}" intendedTrackType="ALL">`);
    expect(contentKey).toMatchObject({
      scheme: 'cbcs',
      keyId: Buffer.from(kid.replaceAll('-', ''), 'hex').toString('base64url'),
      key: keyServer.keys.get(kid)?.toString('base64url'),
    });
    const told = SYSTEM_IDS.map((systemId) => signallingOf(systemId, kid));
    expect(contentKey?.signalling).toEqual({
      psshBoxes: told.flatMap(({ pssh }) => pssh ?? []),
      mediaPlaylistTags: told.map(({ media }) => media),
      multivariantPlaylistTags: told.map(({ master }) => master),
    });
  });

  test('has another key id with each attempt', async () => {
    const first = (await leaseJob((await queued()).jobId)).contentKey;
    const second = (await leaseJob((await queued()).jobId)).contentKey;
    expect(second?.keyId).not.toBe(first?.keyId);
  });

  test('tells players of its DRM systems, and gives nobody its key as Clear Key', async () => {
    const { episodeId, jobId } = await queued();
    const job = await leaseJob(jobId);
    const version = withSignalling(fakeVersion(), job);
    await putObjects(job, version.objects);
    expect(await statusOf(await sendCompleted(job, version.result))).toBe(200);
    await publish(episodeId);
    const token = await viewerToken(newViewerId());
    const prefix = await mediaPrefix(episodeId, token);
    const media = await (await edgeFetch(`${prefix}/v0/media.m3u8`)).text();
    for (const tag of job.contentKey?.signalling?.mediaPlaylistTags ?? []) expect(media).toContain(`${tag}\n`);
    expect(media).not.toContain('org.w3.clearkey');
    const { playback } = (await feed(token, `at=${episodeId}`)).items[0] ?? {};
    expect(playback).not.toHaveProperty('licenseUrl');
    const texts = Object.values(playback?.playlists ?? {});
    expect(texts).toHaveLength(4);
    for (const text of texts) expect(text).toContain('com.apple.streamingkeydelivery');
    const [row] = await sql<{ sealed: string }>(
      'SELECT sealed FROM content_keys WHERE version = ?',
      prefix.split('/')[4] ?? '',
    );
    expect(row?.sealed).toHaveLength(80);
    expect([media, ...texts].join()).not.toContain(row?.sealed);
  });

  test('keeps neither the key nor what players are told in the clear', async () => {
    const { contentKey } = await leaseJob((await queued()).jobId);
    const rows = await sql<{ signalling: string }>('SELECT * FROM content_keys ORDER BY created_at');
    expect(rows.at(-1)?.signalling).toMatch(/^[\w-]{16}\.[\w-]+$/);
    const files = readdirSync(dataDir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(files.length).toBeGreaterThan(3);
    const key = Buffer.from(contentKey?.key ?? '', 'base64url');
    const forms = [key, key.toString('base64'), key.toString('base64url'), key.toString('hex'), 'vendor data', API_KEY];
    for (const file of files) {
      const bytes = readFileSync(path.join(file.parentPath, file.name));
      for (const form of forms)
        expect({ file: file.name, has: bytes.includes(form) }).toEqual({ file: file.name, has: false });
    }
    expect(lines.join('\n')).not.toContain(API_KEY);
    for (const given of keyServer.keys.values()) expect(lines.join('\n')).not.toContain(given.toString('base64'));
  });

  test('asks nobody for the key of aes-128, nor for a series in the clear', async () => {
    const before = keyServer.asked.length;
    const { id } = await createEpisode((await createSeries({}, { protection: 'aes-128' })).id);
    const { contentKey } = await leaseJob((await uploadSource(id)).id);
    expect(contentKey).toMatchObject({ scheme: 'aes-128' });
    expect(contentKey).not.toHaveProperty('signalling');
    const clear = await createEpisode((await createSeries()).id);
    expect((await leaseJob((await uploadSource(clear.id)).id)).contentKey).toBeNull();
    expect(keyServer.asked.length).toBe(before);
  });
});

type Answer = (asked: AskedKey, response: ServerResponse) => void;

const edited =
  (edit: (xml: string, asked: AskedKey) => string): Answer =>
  (asked, response) =>
    sendXml(response, edit(answerFor(asked, new Map()), asked));
const replaced = (from: RegExp | string, to: string): Answer =>
  edited((xml) => {
    const text = xml.replace(from, to);
    if (text === xml) throw new Error(`nothing to replace: ${from}`);
    return text;
  });
const otherKid = '11111111-2222-3333-4444-555555555555';
const media = (line: (tag: string) => string): Answer =>
  edited((xml, { kid }) => {
    const tag = signallingOf(FAIRPLAY, kid).media;
    return xml.replace(base64(tag), base64(line(tag)));
  });

const BOMB = `<!DOCTYPE c [<!ENTITY a "ha"><!ENTITY b "${'&a;'.repeat(50)}"><!ENTITY c "${'&b;'.repeat(50)}"><!ENTITY d "${'&c;'.repeat(50)}">]>`;

describe('an answer is not taken', () => {
  test.each<readonly [string, Answer, RegExp]>([
    [
      'with the key of another kid',
      edited((xml, { kid }) => xml.replace(kid.toUpperCase(), otherKid)),
      /ContentKey has another kid/,
    ],
    [
      'with a rule of another kid',
      edited((xml, { kid }) => xml.replace(`"ALL" kid="${kid}"`, `"ALL" kid="${otherKid}"`)),
      /UsageRule has another kid/,
    ],
    [
      'with a DRM system of another kid',
      edited((xml, { kid }) => xml.replace(`21ED" kid="${kid}"`, `21ED" kid="${otherKid}"`)),
      /widevine has another kid/,
    ],
    ['for another content', replaced(/contentId="[^"]+"/, 'contentId="epi_other"'), /another contentId/],
    ['of another CPIX', replaced('version="2.3"', 'version="2.2"'), /CPIX version/],
    ['without a key', replaced(/<c:Data>[\s\S]*<\/c:Data>/, ''), /no PlainValue/],
    ['with an empty key', replaced(/<!\[CDATA.*?\]\]>/, ''), /no PlainValue/],
    [
      'with a key of 15 bytes',
      replaced(/<!\[CDATA.*?\]\]>/, Buffer.alloc(15, 'k2').toString('base64')),
      /not 16 bytes/,
    ],
    ['with a key of zeros', replaced(/<!\[CDATA.*?\]\]>/, Buffer.alloc(16).toString('base64')), /one byte repeated/],
    ['with a key that is not base64', replaced(/<!\[CDATA.*?\]\]>/, '!!!!!!!!!!!!!!!!!!!!!!=='), /not 16 bytes/],
    ['with an encrypted key', replaced(/<p:PlainValue>/, '<p:EncryptedValue/><p:PlainValue>'), /encrypted/],
    [
      'with two keys',
      replaced('</c:ContentKeyList>', '<c:ContentKey kid="x"/></c:ContentKeyList>'),
      /exactly one ContentKey/,
    ],
    ['for another scheme', replaced('"cbcs"', '"cenc"'), /not for cbcs/],
    ['that keeps the sound clear', replaced('"ALL"', '"VIDEO"'), /not for ALL/],
    [
      'without usage rules',
      replaced(/<ContentKeyUsageRuleList[\s\S]*RuleList>/, ''),
      /exactly one ContentKeyUsageRule/,
    ],
    [
      'without a DRM system that was asked for',
      replaced(/<c:DRMSystem systemId="9A04[\s\S]*?<\/c:DRMSystem>/, ''),
      /DRMSystem of playready/,
    ],
    [
      'with a pssh of another system',
      edited((xml, { kid }) =>
        xml.replace(`\n  ${psshBox(SYSTEM_IDS[0] ?? '', kid)}`, psshBox(SYSTEM_IDS[1] ?? '', kid)),
      ),
      /of another system/,
    ],
    [
      'with a pssh that is longer than it says',
      edited((xml, { kid }) =>
        xml.replace(
          `\n  ${psshBox(SYSTEM_IDS[0] ?? '', kid)}`,
          Buffer.from(
            `${Buffer.from(psshBox(SYSTEM_IDS[0] ?? '', kid), 'base64').toString('latin1')}moov`,
            'latin1',
          ).toString('base64'),
        ),
      ),
      /not one pssh box/,
    ],
    ['without a pssh', replaced(/<c:PSSH>[^<]*<\/c:PSSH>/, ''), /PSSH/],
    [
      'without signalling of the Media Playlist',
      replaced(/<c:HLSSignalingData playlist="media">[^<]*<\/c:HLSSignalingData>/, ''),
      /HLSSignalingData of the media/,
    ],
    [
      'with a key line for a server of its choice',
      media((tag) => tag.replace('skd://', 'https://')),
      /neither skd: nor data:/,
    ],
    ['with a key line that turns encryption off', media(() => '#EXT-X-KEY:METHOD=NONE'), /METHOD/],
    ['with a key line of another system', media((tag) => tag.replace('com.apple', 'com.example')), /KEYFORMAT/],
    ['with a segment beside the key line', media((tag) => `${tag}\n#EXTINF:1,\nhttps://x/0.ts`), /lines/],
    ['with another tag', media(() => '#EXT-X-MAP:URI="https://x/"'), /no EXT-X-KEY/],
    ['with control characters in a line', media((tag) => `${tag}\u0000`), /ASCII/],
    [
      'that is an entity bomb',
      edited((xml) => xml.replace('<!-- made by a fake -->', BOMB).replace('"ALL"', '"&d;"')),
      /document type/,
    ],
    [
      'with an external entity',
      edited((xml) => xml.replace('<!-- made by a fake -->', '<!DOCTYPE c SYSTEM "file:///etc/passwd">')),
      /document type/,
    ],
    ['with an entity that nobody declared', replaced('"ALL"', '"&x;"'), /well-formed/],
    ['that breaks off', edited((xml) => xml.slice(0, -20)), /well-formed/],
    ['with a prefix that nobody declared', replaced('<c:Data>', '<y:Data>'), /well-formed/],
    ['that is deep without end', edited(() => '<a>'.repeat(5_000)), /deep/],
    ['that is not XML', (_, response) => sendXml(response, '{}'), /well-formed/],
    ['that is empty', (_, response) => sendXml(response, ''), /well-formed|empty/],
    ['that is no CPIX', (_, response) => sendXml(response, '<CPIX version="2.3"/>'), /no CPIX/],
    ['that is huge', edited((xml) => xml + ' '.repeat(70_000)), /longer than 65536/],
    [
      'that is said to be HTML',
      (asked, response) => sendXml(response, answerFor(asked, new Map()), { 'content-type': 'text/html' }),
      /content type/,
    ],
    [
      'of SPEKE 1',
      (asked, response) => sendXml(response, answerFor(asked, new Map()), { 'x-speke-version': '1.0' }),
      /X-Speke-Version/,
    ],
  ])('%s', async (_, answer, why) => {
    const { jobId } = await queued();
    keyServer.answer = answer;
    expect(await lease()).toBeNull();
    const { state, failure } = await readJob(jobId);
    expect({ state, code: failure?.code }).toEqual({ state: 'failed', code: 'key-server-answer-invalid' });
    expect(failure?.detail).toMatch(why);
  });
});

describe('a key server that', () => {
  test.each([401, 403, 404, 422])(
    'answers %i fails the job at once, and its words are shown to nobody',
    async (status) => {
      const { jobId } = await queued();
      keyServer.answer = (_, response) => void response.writeHead(status).end('secret words');
      expect(await lease()).toBeNull();
      const { state, failure } = await readJob(jobId);
      expect({ state, code: failure?.code }).toEqual({ state: 'failed', code: 'key-server-refused' });
      expect(failure?.detail).toContain(`answered ${status}`);
      expect(failure?.detail).toContain('KEY_SERVER_HEADERS');
      expect(lines.join('\n') + failure?.detail).not.toContain('secret words');
    },
  );

  test('redirects is not followed', async () => {
    const { jobId } = await queued();
    const before = keyServer.asked.length;
    keyServer.answer = (_, response) => void response.writeHead(307, { location: keyServer.url }).end();
    expect(await lease()).toBeNull();
    expect((await readJob(jobId)).failure?.code).toBe('key-server-refused');
    expect(keyServer.asked.length).toBe(before + 1);
  });

  const away: readonly (readonly [string, Answer])[] = [
    ['answers 503', (_, response) => void response.writeHead(503).end()],
    ['hangs up', (_, response) => void response.destroy()],
    ['never answers', () => undefined],
    [
      'trickles',
      (_, response) =>
        void response.writeHead(200, { 'content-type': 'application/xml', 'x-speke-version': '2.0' }).write('<'),
    ],
  ];
  test.each(away)('%s is asked again a while later at no cost, and other jobs have their turn', async (_, answer) => {
    const { jobId } = await queued();
    const clear = await createEpisode((await createSeries()).id);
    const other = await uploadSource(clear.id);
    keyServer.answer = answer;
    expect(await lease()).toBeNull();
    expect(await readJob(jobId)).toMatchObject({ state: 'queued', attempts: 0, failure: null });
    expect((await lease())?.jobId).toBe(other.id);
    expect(await lease()).toBeNull();
    await waitIsOver(jobId);
    keyServer.heal();
    expect(await leaseJob(jobId)).toMatchObject({ attempt: 1, contentKey: { scheme: 'cbcs' } });
    const { timeline } = await jsonOf<{ timeline: { phase: string }[] }>(await apiFetch(`/v1/jobs/${jobId}`));
    expect(timeline.map(({ phase }) => phase)).toEqual(['uploaded', 'queued', 'leased']);
  });

  test('stays away costs no job an attempt, however often it is asked', async () => {
    const { jobId } = await queued();
    keyServer.answer = (_, response) => void response.writeHead(503).end();
    for (let tries = 0; tries < 6; tries++) {
      expect(await lease()).toBeNull();
      await waitIsOver(jobId);
    }
    expect(await readJob(jobId)).toMatchObject({ state: 'queued', attempts: 0 });
  });

  test('stays away for hours fails the job with the third attempt, and says that it was the key server', async () => {
    const { jobId } = await queued();
    await sql('UPDATE jobs SET created_at = created_at - ? WHERE id = ?', MAX_KEY_WAIT_MS, jobId);
    keyServer.answer = (_, response) => void response.writeHead(503).end();
    for (const attempt of [1, 2]) {
      expect(await lease()).toBeNull();
      expect(await readJob(jobId)).toMatchObject({ state: 'running', attempts: attempt });
      await lapse(jobId);
    }
    expect(await lease()).toBeNull();
    expect(await readJob(jobId)).toMatchObject({ state: 'failed', failure: { code: 'key-server-unavailable' } });
  });
});

async function waitIsOver(jobId: string): Promise<void> {
  await sql('UPDATE jobs SET not_before_at = 0 WHERE id = ?', jobId);
}

/** What the minute's sweep does of a lease that ran out. */
async function lapse(jobId: string): Promise<void> {
  await sql("UPDATE jobs SET lease_until_at = NULL, fence = NULL, state = 'queued' WHERE id = ?", jobId);
}
