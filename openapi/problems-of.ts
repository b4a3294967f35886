import type { ProblemCode } from '#core/problem/codes.ts';
import { isBinary, type Auth, type Operation } from './operation.ts';

/** The codes that a call can answer: those that its form brings with it, and its own. */
export function problemsOf(operation: Operation): ProblemCode[] {
  const { call, query, body, idempotencyKey, etag, auth, problems = [] } = operation;
  const isJson = body !== undefined && !isBinary(body);
  const codes: ProblemCode[] = [
    ...ofAuth(auth),
    ...(query === undefined && body === undefined && !call.includes('{viewerId}') ? [] : ['invalid-request' as const]),
    ...(isJson ? (['body-too-large', 'unsupported-media-type'] as const) : []),
    ...(idempotencyKey === 'required' ? (['idempotency-key-missing', 'idempotency-key-reused'] as const) : []),
    ...(idempotencyKey === 'optional'
      ? (['invalid-request', 'idempotency-key-reused', 'idempotency-key-in-flight'] as const)
      : []),
    ...(etag === 'write' ? (['precondition-failed'] as const) : []),
    // An If-Match that nothing is compared with is refused.
    ...(typeof auth === 'object' && !call.startsWith('GET ') && etag !== 'write' ? (['invalid-request'] as const) : []),
    ...(call.includes('{series}') ? (['series-not-found'] as const) : []),
    ...(/\{(season|arc)\}/.test(call) ? (['not-found'] as const) : []),
    ...(call.includes('{episode}') ? (['episode-not-found'] as const) : []),
    ...problems,
    'internal-error',
    'temporarily-unavailable',
  ];
  return [...new Set(codes)];
}

function ofAuth(auth: Auth): readonly ProblemCode[] {
  if (typeof auth === 'object') return [...OF_API_KEYS, 'insufficient-scope'];
  switch (auth) {
    case 'viewer':
      return [
        'token-missing',
        'token-malformed',
        'token-invalid',
        'token-expired',
        'token-revoked',
        'token-restricted',
        'rate-limited',
      ];
    case 'webhook':
      return ['signature-invalid'];
    case 'console':
      return OF_API_KEYS;
    case 'pass':
      return ['pass-invalid', 'pass-expired', 'pass-revoked', 'pass-out-of-bounds'];
    case 'signature':
    case 'none':
      return [];
  }
}

/** The console's session stands for a key wherever one is taken. */
const OF_API_KEYS: readonly ProblemCode[] = [
  'api-key-missing',
  'api-key-invalid',
  'console-session-ended',
  'console-request-refused',
  'rate-limited',
];
