/** Every call of the management API and the scope that it needs. Ids name nothing, so that no call changes anything. */
export type Scope = 'catalog' | 'ingest' | 'entitlements' | 'tokens' | 'analytics' | 'admin';

export const SCOPES: readonly Scope[] = ['catalog', 'ingest', 'entitlements', 'tokens', 'analytics', 'admin'];

export interface Route {
  readonly method: string;
  /** As Hono has it, with its parameters. */
  readonly path: string;
  readonly scope: Scope;
}

const route = (scope: Scope, ...calls: readonly string[]): Route[] =>
  calls.map((call) => {
    const [method = '', path = ''] = call.split(' ');
    return { method, path, scope };
  });

export const ROUTES: readonly Route[] = [
  ...route(
    'catalog',
    'POST /v1/series',
    'GET /v1/series',
    'GET /v1/series/:series',
    'PATCH /v1/series/:series',
    'DELETE /v1/series/:series',
    'POST /v1/series/:series/seasons',
    'POST /v1/series/:series/arcs',
    'POST /v1/series/:series/episodes',
    'GET /v1/series/:series/episodes',
    'PUT /v1/series/:series/access',
    'GET /v1/series/:series/access',
    'GET /v1/series/:series/encoding',
    'PUT /v1/series/:series/encoding',
    'PUT /v1/series/:series/seasons/:season/access',
    'GET /v1/series/:series/seasons/:season/access',
    'GET /v1/episodes/:episode',
    'PATCH /v1/episodes/:episode',
    'DELETE /v1/episodes/:episode',
    'PUT /v1/episodes/:episode/access',
    'GET /v1/episodes/:episode/access',
    'POST /v1/episodes/:episode/publish',
    'POST /v1/episodes/:episode/unpublish',
    'GET /v1/series/:series/graph',
    'PUT /v1/series/:series/graph',
    'POST /v1/series/:series/episodes/reorder',
    'POST /v1/drops',
    'POST /v1/drops/preflight',
    'GET /v1/drops',
    'GET /v1/drops/:drop',
    'DELETE /v1/drops/:drop',
    ...[
      '/v1/series/:series',
      '/v1/series/:series/seasons/:season',
      '/v1/series/:series/arcs/:arc',
      '/v1/episodes/:episode',
    ].flatMap((path) => [
      `GET ${path}/localisations`,
      `GET ${path}/localisations/:language`,
      `PUT ${path}/localisations/:language`,
      `DELETE ${path}/localisations/:language`,
    ]),
  ),
  ...route(
    'ingest',
    'PUT /v1/episodes/:episode/source',
    'POST /v1/episodes/:episode/source',
    'POST /v1/episodes/:episode/hls',
    'OPTIONS /v1/uploads',
    'POST /v1/uploads',
    'GET /v1/uploads',
    'GET /v1/uploads/:upload',
    'PATCH /v1/uploads/:upload',
    'DELETE /v1/uploads/:upload',
    'GET /v1/episodes/:episode/tracks',
    'PUT /v1/episodes/:episode/captions/:language',
    'DELETE /v1/episodes/:episode/captions/:language',
    'GET /v1/jobs',
    'GET /v1/jobs/:job',
    'POST /v1/jobs/:job/cancel',
    'POST /v1/jobs/:job/retry',
  ),
  ...route(
    'tokens',
    'POST /v1/viewer-tokens',
    'POST /v1/signing-keys',
    'GET /v1/signing-keys',
    'GET /v1/signing-keys/:kid',
    'PATCH /v1/signing-keys/:kid',
    'DELETE /v1/signing-keys/:kid',
    'DELETE /v1/signing-keys/sources/:source',
  ),
  ...route(
    'admin',
    'POST /v1/api-keys',
    'GET /v1/api-keys',
    'DELETE /v1/api-keys/:key',
    'POST /v1/api-keys/:key/rotate',
    'GET /v1/audit-log',
    'POST /v1/webhook-endpoints',
    'GET /v1/webhook-endpoints',
    'GET /v1/webhook-endpoints/:endpoint',
    'PATCH /v1/webhook-endpoints/:endpoint',
    'DELETE /v1/webhook-endpoints/:endpoint',
    'POST /v1/webhook-endpoints/:endpoint/rotate-secret',
    'POST /v1/webhook-endpoints/:endpoint/test',
    'GET /v1/webhook-events',
    'POST /v1/webhook-events/:event/replay',
    'POST /v1/viewers/:viewerId/adjustments',
    'GET /v1/viewers/:viewerId/adjustments',
    'POST /v1/viewers/:viewerId/adjustments/:adjustment/approve',
    'DELETE /v1/viewers/:viewerId/adjustments/:adjustment',
    'GET /v1/viewers/:viewerId/reconciliation',
    'PUT /v1/viewers/:viewerId/reconciliation',
    'GET /v1/viewers/:viewerId/audit',
    'POST /v1/viewers/:viewerId/projection/rebuild',
  ),
  ...route(
    'entitlements',
    'GET /v1/viewers/:viewerId/access',
    'POST /v1/viewers/:viewerId/credits',
    'POST /v1/viewers/:viewerId/unlocks',
    'GET /v1/viewers/:viewerId/unlocks',
    'GET /v1/viewers/:viewerId/wallet',
    'GET /v1/viewers/:viewerId/resume',
    'GET /v1/viewers/:viewerId/ledger',
    'POST /v1/viewers/:viewerId/grants',
    'DELETE /v1/viewers/:viewerId/grants/:grant',
    'POST /v1/viewers/:viewerId/revocations',
    'POST /v1/viewers/:viewerId/quotes',
    'POST /v1/viewers/:viewerId/refunds',
    'POST /v1/viewers/:viewerId/chargebacks',
    'POST /v1/viewers/:viewerId/merge',
    'GET /v1/viewers/:viewerId/export',
    'DELETE /v1/viewers/:viewerId',
    'GET /v1/viewers/:viewerId/sessions',
    'GET /v1/viewers/:viewerId/devices',
    'DELETE /v1/viewers/:viewerId/devices/:device',
    'POST /v1/viewers/:viewerId/ad-intents',
    'GET /v1/viewers/:viewerId/auto-unlock',
    'POST /v1/viewers/:viewerId/store-account',
    'PUT /v1/products/:store/:productId',
    'GET /v1/products/:store/:productId',
    'DELETE /v1/products/:store/:productId',
    'GET /v1/parked-purchases',
    'POST /v1/parked-purchases/:purchase/assign',
  ),
  ...route('analytics', 'GET /v1/analytics/episodes/:episode/retention', 'GET /v1/reports/unlocks'),
];

/** Calls that no API key opens: players, the transcoder, everybody. */
export const OTHER_ROUTES: readonly string[] = [
  'GET /.well-known/jwks.json',
  'GET /v1/me/access',
  'GET /v1/me/wallet',
  'POST /v1/me/unlocks',
  'POST /v1/me/quotes',
  'POST /v1/me/store-account',
  'POST /v1/me/purchases',
  'POST /v1/store-notifications/app-store',
  'POST /v1/store-notifications/google-play',
  'GET /v1/me/resume',
  'PUT /v1/me/resume',
  'POST /v1/me/ad-intents',
  'GET /v1/me/auto-unlock',
  'PUT /v1/me/auto-unlock',
  'GET /v1/ad-callbacks/admob',
  'POST /v1/ad-callbacks/:network',
  'POST /v1/demo/session',
  'POST /v1/demo/coins',
  'POST /v1/transcoder/leases',
  'POST /v1/transcoder/uploads',
  'POST /v1/transcoder/events',
  'POST /v1/events',
];

export function concretePath(path: string): string {
  return path.replaceAll(/:[a-zA-Z]+/g, 'none-such');
}
