import { expect, it } from 'vitest';
import { parseConfig } from '../../transcoder/config.ts';
import { TEST_SECRET } from './fake-edge.ts';

const configOf = (EDGE_URL: string, NODE_ENV: string) =>
  parseConfig({ EDGE_URL, NODE_ENV, TRANSCODER_WEBHOOK_SECRET: TEST_SECRET });

it.each(['http://edge.example', 'http://10.0.0.7:8787', 'http://127.0.0.1.edge.example', 'http://svc.example'])(
  'in production content keys do not come in the clear from %s',
  (edgeUrl) => {
    expect(configOf(edgeUrl, 'production')).toMatchObject({ ok: false, error: { variable: 'EDGE_URL' } });
    expect(configOf(edgeUrl, 'development').ok).toBe(true);
  },
);

it.each([
  'https://edge.example',
  'http://127.0.0.1:8787',
  'http://localhost:8787',
  'http://[::1]:8787',
  'http://edge.media.svc:80',
  'http://edge.media.svc.cluster.local',
])('in production the edge may be at %s', (edgeUrl) => {
  expect(configOf(edgeUrl, 'production').ok).toBe(true);
});
