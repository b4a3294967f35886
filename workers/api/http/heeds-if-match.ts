const LOCALISED = [
  '/v1/series/:series',
  '/v1/series/:series/seasons/:season',
  '/v1/series/:series/arcs/:arc',
  '/v1/episodes/:episode',
];

/** The writes of what has an ETag when it is read. */
export const HEEDS_IF_MATCH: ReadonlySet<string> = new Set([
  'PATCH /v1/series/:series',
  'DELETE /v1/series/:series',
  'PUT /v1/series/:series/access',
  'PUT /v1/series/:series/seasons/:season/access',
  'PUT /v1/series/:series/encoding',
  'PUT /v1/series/:series/graph',
  'PATCH /v1/episodes/:episode',
  'DELETE /v1/episodes/:episode',
  'PUT /v1/episodes/:episode/access',
  'POST /v1/episodes/:episode/publish',
  'POST /v1/episodes/:episode/unpublish',
  ...LOCALISED.flatMap((path) => [`PUT ${path}/localisations/:language`, `DELETE ${path}/localisations/:language`]),
  'PATCH /v1/signing-keys/:kid',
  'DELETE /v1/signing-keys/:kid',
  'PATCH /v1/webhook-endpoints/:endpoint',
  'DELETE /v1/webhook-endpoints/:endpoint',
  'POST /v1/webhook-endpoints/:endpoint/rotate-secret',
  'PATCH /v1/alerts/:alert',
  'DELETE /v1/alerts/:alert',
  'PUT /v1/products/:store/:productId',
  'DELETE /v1/products/:store/:productId',
]);
