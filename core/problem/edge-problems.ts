/**
 * What the playback Worker answers itself. It is a table of its own because that Worker's bundle is small: the titles of
 * everything else are half as large as all of hono's router. `codes.ts` has the rest.
 */
export const EDGE_PROBLEMS = {
  'invalid-request': { status: 400, title: 'The request is not valid.' },
  'token-missing': { status: 401, title: 'A viewer token is needed.' },
  'token-malformed': { status: 401, title: 'The viewer token is not a well-formed JWT.' },
  'token-invalid': { status: 401, title: 'The viewer token was not accepted.' },
  'token-expired': { status: 401, title: 'The viewer token has expired.' },
  'token-revoked': { status: 401, title: 'The viewer token was revoked.' },
  'episode-locked': { status: 403, title: 'This episode is not unlocked for this viewer.' },
  'token-restricted': { status: 403, title: 'The viewer token does not allow this.' },
  'country-not-allowed': { status: 403, title: 'This episode is not offered in this country.' },
  'pass-invalid': { status: 403, title: 'The media pass was not accepted.' },
  'pass-expired': { status: 403, title: 'The media pass has expired.' },
  'pass-revoked': { status: 403, title: 'The media pass was revoked.' },
  'pass-out-of-bounds': { status: 403, title: 'The media pass does not cover this.' },
  'not-found': { status: 404, title: 'There is nothing here.' },
  'series-not-found': { status: 404, title: 'No such series.' },
  'episode-not-found': { status: 404, title: 'No such episode.' },
  'method-not-allowed': { status: 405, title: 'This method is not allowed here.' },
  'choice-not-offered': { status: 409, title: 'The episode does not offer this choice.' },
  'concurrency-limit': { status: 409, title: 'The viewer plays on as many screens as are allowed.' },
  'device-limit': { status: 409, title: 'The viewer uses as many devices as are allowed.' },
  'episode-withdrawn': { status: 410, title: 'This episode is no longer offered.' },
  'precondition-failed': { status: 412, title: 'The resource has changed since it was read.' },
  'body-too-large': { status: 413, title: 'The request body is too large.' },
  'range-not-satisfiable': { status: 416, title: 'The range lies outside the file.' },
  'rate-limited': { status: 429, title: 'Too many requests.' },
  'internal-error': { status: 500, title: 'Something went wrong on our side.' },
  'temporarily-unavailable': { status: 503, title: 'A part that is needed does not answer right now.' },
} as const;
