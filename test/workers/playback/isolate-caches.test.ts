/** What an isolate keeps of D1, with a D1 that counts and fails. By URL, because the types are those of Workers. */
import { generateKeyPairSync } from 'node:crypto';
import { SignJWT } from 'jose';
import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { passSessionId, passViewer } from '#core/token/revocation.ts';

const START_MS = 1_795_348_800_000;
const VIEWER = 'viewerhashviewerhash22';

class FakeD1 {
  rows: unknown[] = [];
  isDown = false;
  queries = 0;
  /** So many queries never answer, as those of a request that was cut off. */
  hanging = 0;

  prepare(): this {
    return this;
  }

  bind(): this {
    return this;
  }

  async all(): Promise<{ results: unknown[] }> {
    this.queries++;
    if (this.hanging-- > 0) return new Promise(() => undefined);
    if (this.isDown) throw new Error('D1 is down');
    return { results: this.rows };
  }
}

/** A fresh copy of the module, as a new isolate has. */
async function isolate<T>(file: string): Promise<T> {
  vi.resetModules();
  return (await import(new URL(`../../../workers/${file}`, import.meta.url).href)) as T;
}

const silenced = vi.spyOn(console, 'error').mockImplementation(() => undefined);
afterAll(() => silenced.mockRestore());

describe('the list of revocations', () => {
  interface List {
    checkRevoked(db: FakeD1, path: { pass: object; assetId: string }, nowMs: number, ctx: object): Promise<string>;
  }
  const db = new FakeD1();
  const behind: Promise<unknown>[] = [];
  const ctx = { waitUntil: (work: Promise<unknown>) => void behind.push(work) };
  const old = { sessionId: passSessionId(VIEWER, 'session', null, START_MS / 1_000 - 60) };
  let list: List;
  const at = async (seconds: number, pass: object = old, assetId = 'ast_1'): Promise<string> => {
    const answer = await list.checkRevoked(db, { pass, assetId }, START_MS + seconds * 1_000, ctx);
    await Promise.all(behind.splice(0));
    return answer;
  };
  const revokeAt = (seconds: number) => {
    db.rows = [{ viewer_hash: VIEWER, asset_id: null, revoked_at: START_MS + seconds * 1_000 }];
  };

  beforeEach(async () => {
    Object.assign(db, { rows: [], isDown: false, queries: 0, hanging: 0 });
    list = await isolate<List>('playback/revocation-list.ts');
  });

  test('costs one query in five seconds, however many segments', async () => {
    for (let second = 0; second < 20; second += 0.1) expect(await at(second)).toBe('good');
    expect(db.queries).toBeLessThanOrEqual(4);
  });

  test('holds within ten seconds in an isolate that is busy and in one that slept', async () => {
    expect(await at(0)).toBe('good');
    revokeAt(1);
    for (let second = 1; second < 10; second += 0.5) await at(second);
    expect(await at(10)).toBe('revoked');
    revokeAt(1_000);
    expect(await at(1_030, { sessionId: passSessionId(VIEWER, 'x', null, START_MS / 1_000 + 999) })).toBe('revoked');
  });

  test('of one asset stops its passes and no other of the viewer', async () => {
    db.rows = [{ viewer_hash: VIEWER, asset_id: 'ast_1', revoked_at: START_MS }];
    const after = { sessionId: passSessionId(VIEWER, 'session', START_MS / 1_000, START_MS / 1_000) };
    expect(await at(1)).toBe('revoked');
    expect(await at(1, old, 'ast_2')).toBe('good');
    expect(await at(1, after)).toBe('good');
  });

  test('lets a pass play that came after, and every other viewer', async () => {
    revokeAt(0);
    expect(await at(1)).toBe('revoked');
    expect(await at(2, { sessionId: passSessionId(VIEWER, 'x', START_MS / 1_000, START_MS / 1_000 + 1) })).toBe('good');
    expect(await at(2, { sessionId: passSessionId('another-viewer', 'x', null, START_MS / 1_000) })).toBe('good');
    expect(passViewer(VIEWER)).toHaveLength(8);
  });

  test('is the last good one for ten minutes without D1, then nothing is served; it comes back with D1', async () => {
    revokeAt(0);
    expect(await at(1)).toBe('revoked');
    db.isDown = true;
    const other = { sessionId: passSessionId('another-viewer', 'x', null, START_MS / 1_000) };
    expect([await at(590), await at(590, other)]).toEqual(['revoked', 'good']);
    expect(await at(602, other)).toBe('unknown');
    db.isDown = false;
    expect(await at(610, other)).toBe('good');
  });

  test('that never was gives passes the same ten minutes', async () => {
    db.isDown = true;
    expect([await at(0), await at(599), await at(601)]).toEqual(['good', 'good', 'unknown']);
  });
});

describe('the set of signing keys', () => {
  interface KeySet {
    findVerifyingKey(store: object, kid: string, nowMs: number): Promise<object | null>;
  }
  const db = new FakeD1();
  const sources = { asked: 0, refresh: async () => void sources.asked++ };
  const jwk = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
  const row = (kid: string, retireAt: number | null = null, askedAt: number | null = null) => ({
    sources_asked_at: askedAt,
    kid,
    alg: 'ES256',
    public_jwk: JSON.stringify(jwk),
    retire_at: retireAt,
  });
  let set: KeySet;
  const has = async (kid: string, ms: number): Promise<boolean> =>
    (await set.findVerifyingKey({ DB: db, KEY_SOURCES: sources }, kid, START_MS + ms)) !== null;

  beforeEach(async () => {
    Object.assign(db, { rows: [row('good')], isDown: false, queries: 0, hanging: 0 });
    sources.asked = 0;
    set = await isolate<KeySet>('shared/keys/key-set.ts');
  });

  test('is asked for six times in a second at most, whatever key ids come in, and knows the good one throughout', async () => {
    for (let i = 0; i < 1_000; i++) {
      expect(await has(`made-up-${i}`, i * 0.9)).toBe(false);
      expect(await has('good', i * 0.9)).toBe(true);
    }
    expect(db.queries).toBeLessThanOrEqual(6);
  });

  test('has a key that was registered a moment ago, also where the clock was set back', async () => {
    expect(await has('good', 60_000)).toBe(true);
    db.rows = [row('good'), row('fresh')];
    expect(await has('fresh', 0)).toBe(true);
  });

  test('is asked once in two seconds for one unknown key id', async () => {
    for (let ms = 0; ms < 1_990; ms += 10) expect(await has('unknown', ms)).toBe(false);
    expect(db.queries).toBeLessThanOrEqual(2);
  });

  test('has a key that was registered a moment ago, also for many first tokens at once', async () => {
    expect(await has('good', 0)).toBe(true);
    db.rows = [row('good'), row('fresh')];
    const first = await Promise.all(Array.from({ length: 50 }, () => has('fresh', 10)));
    expect(first).not.toContain(false);
    expect(db.queries).toBe(2);
  });

  test(
    'is read by the next request where the first of an isolate was cut off, also for many that wait',
    { retry: 3 },
    async () => {
      db.hanging = 1;
      const cutOff = has('good', 0).catch(() => false);
      const startedAtMs = performance.now();
      const waiting = await Promise.all(Array.from({ length: 50 }, () => has('good', 10)));
      expect(waiting).not.toContain(false);
      expect(performance.now() - startedAtMs).toBeLessThan(2_000);
      expect(db.queries).toBe(2);
      // Nor does its end, if it comes, make anybody doubt the set that was read since.
      expect(await has('made-up', 20)).toBe(false);
      await cutOff;
      expect(await has('made-up', 30)).toBe(false);
    },
  );

  test('has the JWKS URLs asked once in 30 s, whatever key ids come in, and never where there is none', async () => {
    for (let i = 0; i < 600; i++) await has(`made-up-${i}`, i * 100);
    expect(sources.asked).toBe(0);
    // The table says that nobody asked for long, as when the api Worker does not answer.
    db.rows = [row('good', null, START_MS - 60_000)];
    for (let i = 0; i < 1_200; i++) await has(`made-up-${i}`, 60_000 + i * 100);
    expect(sources.asked).toBe(4);
  });

  test('leaves the JWKS URLs alone when another isolate had them asked', async () => {
    db.rows = [row('good', null, START_MS)];
    for (let i = 0; i < 290; i++) await has(`made-up-${i}`, i * 100);
    expect(sources.asked).toBe(0);
  });

  test('has a key that its JWKS began to name a moment ago, also for many first tokens at once', async () => {
    db.rows = [row('good', null, START_MS - 60_000)];
    const ask = vi.spyOn(sources, 'refresh').mockImplementation(async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      db.rows = [row('good', null, START_MS), row('fresh', START_MS + 3_600_000, START_MS)];
    });
    const first = await Promise.all(Array.from({ length: 50 }, () => has('fresh', 0)));
    expect(first).not.toContain(false);
    expect(ask).toHaveBeenCalledTimes(1);
    ask.mockRestore();
  });

  test('takes another key under an old key id for what it is', async () => {
    const first = await set.findVerifyingKey({ DB: db }, 'good', START_MS);
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
    db.rows = [{ ...row('good'), public_jwk: JSON.stringify(other) }];
    const later = await set.findVerifyingKey({ DB: db }, 'good', START_MS + 10_000);
    expect(later).toMatchObject({ jwkText: JSON.stringify(other) });
    expect(later).not.toEqual(first);
  });

  test('keeps a key until its retirement and 30 s', async () => {
    db.rows = [row('good', START_MS)];
    expect([await has('good', 29_999), await has('good', 30_000)]).toEqual([true, false]);
  });

  test('is the last good one for an hour without D1', async () => {
    expect(await has('good', 0)).toBe(true);
    db.isDown = true;
    expect([await has('good', 10_000), await has('good', 3_599_000)]).toEqual([true, true]);
    await expect(has('good', 3_700_000)).rejects.toThrow('D1 is down');
  });
});

describe('a token that was good before', () => {
  interface Verifier {
    verifyViewerToken(store: object, token: string, nowMs: number): Promise<{ ok: boolean; error?: { code: string } }>;
  }
  const db = new FakeD1();
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const publicJwk = JSON.stringify(publicKey.export({ format: 'jwk' }));
  const sign = (): Promise<string> =>
    new SignJWT({ jti: 'token-of-a-test' })
      .setProtectedHeader({ alg: 'ES256', kid: 'good', typ: 'playback+jwt' })
      .setSubject('viewer')
      .setAudience('urn:cliffhanger:playback')
      .setIssuedAt(START_MS / 1_000)
      .setExpirationTime(START_MS / 1_000 + 300)
      .sign(privateKey);
  let token: string;
  let codeAt: (seconds: number, text?: string) => Promise<string>;

  beforeEach(async () => {
    const rows = [{ kid: 'good', alg: 'ES256', public_jwk: publicJwk, retire_at: null }];
    Object.assign(db, { rows, isDown: false, queries: 0, hanging: 0 });
    const verifier = await isolate<Verifier>('shared/keys/viewer-token.ts');
    token = await sign();
    codeAt = async (seconds, text = token) => {
      const answer = await verifier.verifyViewerToken({ DB: db }, text, START_MS + seconds * 1_000);
      return answer.ok ? 'good' : (answer.error?.code ?? '');
    };
  });

  test('is refused once it has expired', async () => {
    expect([await codeAt(0), await codeAt(1), await codeAt(329), await codeAt(331)]).toEqual([
      'good',
      'good',
      'good',
      'token-expired',
    ]);
  });

  test('goes with its key', async () => {
    expect([await codeAt(0), await codeAt(1)]).toEqual(['good', 'good']);
    db.rows = [];
    expect(await codeAt(11)).toBe('token-invalid');
  });

  test('vouches for no other with the same header', async () => {
    expect(await codeAt(0)).toBe('good');
    const spoiled = token.replace(
      /\.([^.])([^.]*)$/,
      (_, first: string, rest: string) => `.${first === 'A' ? 'B' : 'A'}${rest}`,
    );
    expect(await codeAt(1, spoiled)).toBe('token-invalid');
  });
});
