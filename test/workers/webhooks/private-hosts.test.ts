/** As deployed: webhooks go to public https hosts only. @see security.md API-14, API-15 */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { unstable_readConfig } from 'wrangler';
import { apiFetch } from '../../support/edge.ts';
import { expectProblem, jsonOf } from '../support/http.ts';
import { createEndpoint, ownPlatform, type OwnPlatform } from './support.ts';

vi.mock('../../support/edge.ts', () => import('../support/own-edge.ts'));

let own: OwnPlatform;
beforeAll(async () => void (own = await ownPlatform({ LOOPBACK_URLS: '0' })), 60_000);
afterAll(() => own.stop());

describe('a webhook endpoint is refused at', () => {
  test.each([
    'http://hooks.example.com/',
    'https://localhost/',
    'https://localhost:8787/',
    'https://LOCALHOST./',
    'https://a.localhost/',
    'https://printer/',
    'https://printer.local/',
    'https://metadata.google.internal/',
    'https://router.home.arpa/',
    'https://127.0.0.1/',
    'https://127.1/',
    'https://2130706433/',
    'https://0x7f000001/',
    'https://0177.0.0.1/',
    'https://0.0.0.0/',
    'https://10.1.2.3/',
    'https://100.64.0.1/',
    'https://169.254.169.254/latest/meta-data/',
    'https://172.16.0.1/',
    'https://172.31.255.255/',
    'https://192.168.1.1/',
    'https://192.0.0.8/',
    'https://198.18.0.1/',
    'https://203.0.113.9/',
    'https://224.0.0.1/',
    'https://255.255.255.255/',
    'https://1.1.1.1/',
    'https://hooks.example.com:8443/',
    'https://[::]/',
    'https://[::1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[::ffff:a9fe:a9fe]/',
    'https://[64:ff9b::7f00:1]/',
    'https://[fe80::1]/',
    'https://[fc00::1]/',
    'https://[fd12:3456::1]/',
    'https://[ff02::1]/',
    'https://[2002:7f00:1::]/',
    'https://[2001::1]/',
    'https://[2001:db8::1]/',
    'https://user:password@hooks.example.com/',
    'https://hooks.example.com/#fragment',
    'javascript:alert(1)',
    'file:///etc/passwd',
    '//hooks.example.com/',
    `https://hooks.example.com/${'x'.repeat(2_048)}`,
  ])('%s', async (url) => {
    await expectProblem(await apiFetch('/v1/webhook-endpoints', { json: { url } }), 'invalid-request');
  });
});

test('that is how it is deployed: only npm start lets private hosts in', () => {
  const { vars } = unstable_readConfig({ config: 'workers/api/wrangler.toml' }, { hideWarnings: true });
  expect(vars['LOOPBACK_URLS']).toBe('0');
});

describe('a webhook endpoint is taken at', () => {
  test.each(['https://hooks.example.com/', 'https://hooks.example.com/a?b=c', 'https://hooks.example.com:443/'])(
    '%s',
    async (url) => {
      expect((await createEndpoint(url)).url).toBe(url);
    },
  );

  test('a public host, and not moved from there to a private one', async () => {
    const { id } = await createEndpoint('https://hooks.example.com/moved');
    const path = `/v1/webhook-endpoints/${id}`;
    await expectProblem(
      await apiFetch(path, { method: 'PATCH', json: { url: 'https://127.0.0.1/' } }),
      'invalid-request',
    );
    expect(await jsonOf(await apiFetch(path))).toMatchObject({ url: 'https://hooks.example.com/moved' });
  });
});
