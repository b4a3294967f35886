/** docs/openapi.json against what the Workers serve: every call is in it, and nothing else. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { PROBLEMS } from '#core/problem/codes.ts';
import { parseMediaPath } from '#core/token/media-pass.ts';
import { operationsOf, type OpenApi } from '../../../scripts/openapi/document-types.ts';
import { edgeFetch } from '../../support/edge.ts';
import { jsonOf } from '../support/http.ts';
import { ROUTES } from '../support/routes.ts';
import { callsOf, callsOfPlayback } from '../support/served-calls.ts';

const document = JSON.parse(readFileSync(new URL('../../../docs/openapi.json', import.meta.url), 'utf8')) as OpenApi;
const operations = operationsOf(document);
/** `/v1/series/{series}` as Hono writes it. */
const inHono = (call: string): string => call.replaceAll(/\{(\w+)\}/g, ':$1');

describe('the API document', () => {
  const documented = operations.filter(({ path }) => !path.startsWith('/m/')).map(({ call }) => inHono(call));

  test('has every call that is served: describe a new one in openapi/operations/, then `npm run fix`', async () => {
    const served = [...(await callsOf('api/app.ts')), ...(await callsOf('analytics/app.ts')), ...callsOfPlayback()];
    expect(served.length).toBeGreaterThan(90);
    expect(served.filter((call) => !documented.includes(call))).toEqual([]);
    expect(documented.filter((call) => !served.includes(call))).toEqual([]);
  });

  test('has the media paths that the edge parses', () => {
    const values = new Map([
      ['pass', 'ffe.sv5uk0.f.1e.AAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAA'],
      ['asset', `ast_${'0'.repeat(26)}`],
      ['version', `ver_${'0'.repeat(26)}`],
      ['rendition', 'v0'],
      ['file', '0.m4s'],
      ['sealed', 'A'.repeat(80)],
    ]);
    const media = operations.filter(({ path }) => path.startsWith('/m/'));
    expect(media.length).toBeGreaterThan(4);
    for (const { path } of media) {
      const concrete = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => values.get(name) ?? '');
      expect(parseMediaPath(concrete), path).not.toBeNull();
    }
  });

  test('names for each call the scope that it needs', () => {
    const scopes = operations.flatMap(({ call, operation }) => {
      const scope = operation.security[0]?.['apiKey']?.[0];
      return scope === undefined ? [] : [`${scope} ${inHono(call)}`];
    });
    expect(scopes.toSorted()).toEqual(ROUTES.map(({ scope, method, path }) => `${scope} ${method} ${path}`).toSorted());
  });

  test('gives each call a name of its own', () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('knows every problem code, and names each with its own status', () => {
    const { properties } = document.components.schemas['Problem'] ?? {};
    expect(properties?.['code']?.enum).toEqual(Object.keys(PROBLEMS));
    for (const { call, responses } of operations)
      for (const [status, { 'x-codes': codes = [] }] of responses)
        for (const code of codes)
          expect(PROBLEMS[code as keyof typeof PROBLEMS].status, `${call} ${code}`).toBe(status);
  });

  test('is served as it is in the repository, to pages of any origin, and may be kept a while', async () => {
    const answer = await edgeFetch('/openapi.json', { headers: { origin: 'https://generator.example' } });
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    expect(answer.headers.get('cache-control')).toBe('public, max-age=300');
    expect(await jsonOf(answer)).toEqual(document);
  });

  test('has a page at /docs that loads nothing from elsewhere', async () => {
    const answer = await edgeFetch('/docs');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    const page = await answer.text();
    for (const { operation } of operations) expect(page).toContain(`id="${operation.operationId}"`);
    const loaded = [...page.matchAll(/<(?:script|link rel="stylesheet"|img)[^>]* (?:src|href)="([^"]+)"/g)].map(
      ([, url = '']) => url,
    );
    expect(loaded.length).toBeGreaterThan(1);
    for (const url of loaded) {
      expect(url).toMatch(/^\//);
      const file = await edgeFetch(url);
      expect(file.status, url).toBe(200);
      await file.arrayBuffer();
    }
  });
});
