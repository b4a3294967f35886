/** Runs one check many times in workerd, where no clock runs: whoever asks measures the process from outside. */
import { checkPassBounds, parseMediaPath } from '#core/token/media-pass.ts';
import { openContentKey, sealContentKey, makeContentKey } from '#shared/keys/content-key.ts';
import { signPass, verifyPassTag } from '#shared/keys/media-pass-key.ts';

interface ChecksEnv {
  readonly MASTER_SECRET: string;
}

export default {
  async fetch(request, env): Promise<Response> {
    const url = new URL(request.url);
    const times = Number(url.searchParams.get('times'));
    if (url.pathname === '/segment-check') {
      return Response.json(await checkSegment(env.MASTER_SECRET, url.searchParams.get('path') ?? '', times));
    }
    if (url.pathname === '/key-check') {
      return Response.json(await checkKey(env.MASTER_SECRET, url.searchParams.get('path') ?? '', times));
    }
    if (url.pathname === '/key-path') {
      return Response.json(await keyPathFor(env.MASTER_SECRET, url.searchParams.get('path') ?? ''));
    }
    if (url.pathname === '/sign-pass') {
      return Response.json(await signPasses(env.MASTER_SECRET, url.searchParams.get('path') ?? '', times));
    }
    return Response.json(await verifyEs256(times));
  },
} satisfies ExportedHandler<ChecksEnv>;

/** What `workers/playback/routes/media.ts` does before it looks into the cache. */
async function checkSegment(masterSecret: string, pathname: string, times: number): Promise<number> {
  let good = 0;
  for (let done = 0; done < times; done++) {
    const path = parseMediaPath(pathname);
    if (path === null || !checkPassBounds(path, Math.floor(Date.now() / 1_000)).ok) continue;
    if (await verifyPassTag(masterSecret, path)) good++;
  }
  return good;
}

/** All that a key request computes: no bucket, no database, no cache comes after it. */
async function checkKey(masterSecret: string, pathname: string, times: number): Promise<number> {
  let good = 0;
  for (let done = 0; done < times; done++) {
    const path = parseMediaPath(pathname);
    if (path?.object.kind !== 'key' || !checkPassBounds(path, Math.floor(Date.now() / 1_000)).ok) continue;
    if (!(await verifyPassTag(masterSecret, path))) continue;
    if (await openContentKey(masterSecret, { ...path, scheme: 'aes-128' }, path.object.sealed)) good++;
  }
  return good;
}

/** The one signature that every playlist is given. */
async function signPasses(masterSecret: string, pathname: string, times: number): Promise<number> {
  const path = parseMediaPath(pathname);
  if (path === null) return 0;
  let good = 0;
  for (let done = 0; done < times; done++) {
    if ((await signPass(masterSecret, path.pass, path.assetId, path.version)) === path.tag) good++;
  }
  return good;
}

/** The path of a key for the version that a segment's path is of. */
async function keyPathFor(masterSecret: string, segment: string): Promise<string | null> {
  const path = parseMediaPath(segment);
  if (path === null) return null;
  const { sealed } = await sealContentKey(masterSecret, { ...path, scheme: 'aes-128' }, makeContentKey());
  return `${segment.split('/').slice(0, 5).join('/')}/${sealed}.key`;
}

/** The signature alone, as WebCrypto checks it: the floor under every request with an ES256 token. */
async function verifyEs256(times: number): Promise<number> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const pair = await crypto.subtle.generateKey(algorithm, false, ['sign', 'verify']);
  if (!('publicKey' in pair)) return 0;
  const text = new Uint8Array(300);
  const signature = await crypto.subtle.sign(algorithm, pair.privateKey, text);
  let good = 0;
  for (let done = 0; done < times; done++) {
    if (await crypto.subtle.verify(algorithm, pair.publicKey, signature, text)) good++;
  }
  return good;
}
