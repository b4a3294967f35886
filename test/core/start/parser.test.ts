import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeStartHeader, type StartDenial, type StartPart } from '#core/start/header.ts';
import { MAX_START_HEADER_BYTES, MAX_START_PARTS } from '#core/start/limits.ts';
import { StartParser } from '#core/start/parser.ts';

const NAMES = ['multivariant.m3u8', 'multivariant-7.m3u8', 'v1/media.m3u8', 'a0/init.mp4', 'a0/0.m4s', 'v1/0.m4s'];

/** A bundle and what is in it. */
const bundles = fc
  .uniqueArray(fc.constantFrom(...NAMES), { minLength: 1 })
  .chain((paths) =>
    fc.tuple(...paths.map((path) => fc.record({ path: fc.constant(path), body: fc.uint8Array({ minLength: 1 }) }))),
  )
  .map((parts) => ({ parts, bytes: bundleOf(parts) }));

function bundleOf(parts: readonly { path: string; body: Uint8Array }[]): Uint8Array<ArrayBuffer> {
  const header = encodeStartHeader(parts.map(({ path, body }) => ({ path, sizeBytes: body.byteLength })));
  return join([header, ...parts.map(({ body }) => body)]);
}

function join(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(pieces.flatMap((piece) => [...piece]));
}

/** `cuts` are shares of the length. */
function chunked(bytes: Uint8Array<ArrayBuffer>, cuts: readonly number[]): Uint8Array<ArrayBuffer>[] {
  const ends = cuts.map((cut) => Math.floor(cut * bytes.byteLength)).sort((a, b) => a - b);
  return [...ends, bytes.byteLength].map((end, index) => bytes.slice(index === 0 ? 0 : ends[index - 1], end));
}

interface Read {
  readonly announced: readonly StartPart[] | null;
  readonly bodies: Readonly<Record<string, Uint8Array>>;
  readonly finished: readonly string[];
  readonly denial: StartDenial | null;
}

function read(chunks: readonly Uint8Array<ArrayBuffer>[]): Read {
  const parser = new StartParser();
  const pieces: Record<string, Uint8Array[]> = {};
  const finished: string[] = [];
  let announced: readonly StartPart[] | null = null;
  let denial: StartDenial | null = null;
  for (const chunk of chunks) {
    const events = parser.push(chunk);
    if (!events.ok) {
      denial = events.error;
      break;
    }
    for (const event of events.value) {
      if (event.kind === 'parts') announced = event.parts;
      else {
        (pieces[event.path] ??= []).push(event.bytes);
        if (event.isLast) finished.push(event.path);
      }
    }
  }
  const end = parser.end();
  denial ??= end.ok ? null : end.error;
  const bodies = Object.fromEntries(Object.entries(pieces).map(([path, all]) => [path, join(all)]));
  return { announced, bodies, finished, denial };
}

/** A bundle whose header says anything. */
function withHeader(json: string, body = ''): Uint8Array<ArrayBuffer> {
  const header = new TextEncoder().encode(json);
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, header.byteLength);
  return join([new TextEncoder().encode('CHS1'), length, header, new TextEncoder().encode(body)]);
}

describe('a start-up bundle', () => {
  test('gives the same parts however it was cut on its way', () => {
    fc.assert(
      fc.property(bundles, fc.array(fc.double({ min: 0, max: 1, noNaN: true })), ({ parts, bytes }, cuts) => {
        const { announced, bodies, finished, denial } = read(chunked(bytes, cuts));
        expect(denial).toBeNull();
        expect(announced).toEqual(parts.map(({ path, body }) => ({ path, sizeBytes: body.byteLength })));
        expect(bodies).toEqual(Object.fromEntries(parts.map(({ path, body }) => [path, body])));
        expect(finished).toEqual(parts.map(({ path }) => path));
      }),
    );
  });

  test('hands the first bytes of a segment on before the rest of it is there', () => {
    const bytes = bundleOf([{ path: 'v1/0.m4s', body: Uint8Array.of(1, 2, 3, 4) }]);
    const events = new StartParser().push(bytes.slice(0, -2));
    expect(events).toMatchObject({
      value: [{ kind: 'parts' }, { kind: 'bytes', path: 'v1/0.m4s', bytes: Uint8Array.of(1, 2), isLast: false }],
    });
  });

  test('that ends early says at which part, and how much is missing', () => {
    fc.assert(
      fc.property(bundles, fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), ({ parts, bytes }, share) => {
        const kept = Math.floor(share * bytes.byteLength);
        const { denial, finished } = read([bytes.slice(0, kept)]);
        const path = finished.length === 0 && kept < bytes.byteLength - sizeOf(parts) ? null : parts[finished.length];
        expect(denial).toMatchObject({ reason: 'truncated', path: path && path.path });
        expect(denial).toHaveProperty(
          'missingBytes',
          expect.toSatisfy((missing: number) => missing > 0),
        );
      }),
    );
  });

  test('with something behind its last part is refused', () => {
    const bytes = bundleOf([{ path: 'v1/0.m4s', body: Uint8Array.of(1) }]);
    expect(read([bytes, Uint8Array.of(2, 3)]).denial).toEqual({ reason: 'surplus', surplusBytes: 2 });
  });

  test('is announced by its first four bytes', () => {
    expect(read([new TextEncoder().encode('<!doctype html>')]).denial).toEqual({
      reason: 'not_a_bundle',
      magic: '<!do',
    });
  });

  test('with a header that is too long is refused before the header is read', () => {
    const prefix = Uint8Array.from(withHeader('x'.repeat(MAX_START_HEADER_BYTES + 1)).subarray(0, 8));
    expect(read([prefix]).denial).toEqual({ reason: 'header_too_long', headerBytes: MAX_START_HEADER_BYTES + 1 });
  });

  const part = (path: unknown, sizeBytes: unknown): string => JSON.stringify({ parts: [{ path, sizeBytes }] });
  const refusals: readonly (readonly [string, string, StartDenial])[] = [
    ['is no JSON', '{', { reason: 'header_malformed', member: 'parts' }],
    ['is null', 'null', { reason: 'header_malformed', member: 'parts' }],
    ['is empty', '', { reason: 'header_malformed', member: 'parts' }],
    ['has no parts', '{"parts":[]}', { reason: 'header_malformed', member: 'parts' }],
    ['has a part that is null', '{"parts":[null]}', { reason: 'header_malformed', member: 'path' }],
    ['has a number for a path', part(1, 1), { reason: 'header_malformed', member: 'path' }],
    ['climbs', part('../v1/0.m4s', 1), { reason: 'path_refused', path: '../v1/0.m4s' }],
    ['names another host', part('//evil.example/0.m4s', 1), { reason: 'path_refused', path: '//evil.example/0.m4s' }],
    ['writes a number twice', part('v1/00.m4s', 1), { reason: 'path_refused', path: 'v1/00.m4s' }],
    ['writes a byte that is not ASCII', part('v1/é.m4s', 1), { reason: 'path_refused', path: 'v1/Ã©.m4s' }],
    ['has a size of nothing', part('v1/0.m4s', 0), { reason: 'size_refused', path: 'v1/0.m4s' }],
    ['has half a byte', part('v1/0.m4s', 1.5), { reason: 'size_refused', path: 'v1/0.m4s' }],
    ['has a size of text', part('v1/0.m4s', '1'), { reason: 'size_refused', path: 'v1/0.m4s' }],
    ['has a size beyond all', part('v1/0.m4s', 1e12), { reason: 'size_refused', path: 'v1/0.m4s' }],
    [
      'names a part twice',
      JSON.stringify({ parts: Array.from({ length: 2 }, () => ({ path: 'v1/0.m4s', sizeBytes: 1 })) }),
      { reason: 'path_repeated', path: 'v1/0.m4s' },
    ],
    [
      'has too many parts',
      JSON.stringify({ parts: Array.from({ length: MAX_START_PARTS + 1 }, () => null) }),
      { reason: 'too_many_parts', count: MAX_START_PARTS + 1 },
    ],
  ];
  test.each(refusals)('whose header %s is refused, and stays refused', (_, json, denial) => {
    const parser = new StartParser();
    expect(parser.push(withHeader(json, 'body'))).toEqual({ ok: false, error: denial });
    expect(parser.push(Uint8Array.of(1))).toEqual({ ok: false, error: denial });
    expect(parser.end()).toEqual({ ok: false, error: denial });
  });

  test('of random bytes never breaks the reader', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.boolean(), (bytes, isNamed) => {
        const chunk = isNamed ? join([new TextEncoder().encode('CHS1\0\0\0\x10'), bytes]) : Uint8Array.from(bytes);
        expect(read([chunk]).denial).not.toBeNull();
      }),
    );
  });
});

function sizeOf(parts: readonly { body: Uint8Array }[]): number {
  return parts.reduce((sum, { body }) => sum + body.byteLength, 0);
}
