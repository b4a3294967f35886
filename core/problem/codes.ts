/**
 * Every public error: its status and title. The code is stable, has a page `docs/errors/<code>.md`, and is the last
 * segment of the problem's `type`.
 *
 * @see RFC 9457 (Problem Details for HTTP APIs)
 */
export const PROBLEMS = {
  'invalid-request': { status: 400, title: 'The request is not valid.' },
  'idempotency-key-missing': { status: 400, title: 'This call needs an Idempotency-Key header.' },
  'token-missing': { status: 401, title: 'A viewer token is needed.' },
  'token-malformed': { status: 401, title: 'The viewer token is not a well-formed JWT.' },
  'token-invalid': { status: 401, title: 'The viewer token was not accepted.' },
  'token-expired': { status: 401, title: 'The viewer token has expired.' },
  'token-revoked': { status: 401, title: 'The viewer token was revoked.' },
  'api-key-missing': { status: 401, title: 'An API key is needed.' },
  'api-key-invalid': { status: 401, title: 'The API key was not accepted.' },
  'signature-invalid': { status: 401, title: 'The webhook signature was not accepted.' },
  'insufficient-coins': { status: 402, title: 'The viewer has too few coins.' },
  'debt-outstanding': { status: 402, title: 'The viewer owes coins.' },
  'insufficient-scope': { status: 403, title: 'The API key lacks the scope for this call.' },
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
  'job-not-found': { status: 404, title: 'No such job.' },
  'hls-not-found': { status: 404, title: 'No playlist was found in the bucket.' },
  'grant-not-found': { status: 404, title: 'No such grant.' },
  'unlock-not-found': { status: 404, title: 'No such unlock.' },
  'quote-not-found': { status: 404, title: 'No such quote.' },
  'method-not-allowed': { status: 405, title: 'This method is not allowed here.' },
  conflict: { status: 409, title: 'This conflicts with what is there.' },
  'episode-not-ready': { status: 409, title: 'The episode has no playable version yet.' },
  'lease-lost': { status: 409, title: 'Another attempt holds this job.' },
  'price-changed': { status: 409, title: 'The price is not the one that was expected.' },
  'quote-expired': { status: 409, title: 'The quote has ended.' },
  'already-refunded': { status: 409, title: 'This unlock was given back before.' },
  'viewer-merged': { status: 409, title: 'This viewer is part of another one now.' },
  'unlock-not-needed': { status: 409, title: 'The viewer may already play this episode.' },
  'unlock-method-not-offered': { status: 409, title: 'The episode is not offered that way.' },
  'source-too-large': { status: 413, title: 'The file is larger than a source may be.' },
  'body-too-large': { status: 413, title: 'The request body is too large.' },
  'unsupported-media-type': { status: 415, title: 'This call takes application/json.' },
  'range-not-satisfiable': { status: 416, title: 'The range lies outside the file.' },
  'idempotency-key-reused': { status: 422, title: 'This Idempotency-Key was used for another request.' },
  'hls-invalid': { status: 422, title: 'This HLS cannot be served.' },
  'internal-error': { status: 500, title: 'Something went wrong on our side.' },
  'temporarily-unavailable': { status: 503, title: 'A part that is needed does not answer right now.' },
} as const;

export type ProblemCode = keyof typeof PROBLEMS;

/** A failure on its way to the wire: the code, what happened this time, and members of its own. */
export interface Problem {
  readonly code: ProblemCode;
  readonly detail?: string;
  readonly members?: Readonly<Record<string, unknown>>;
  readonly retryAfterSeconds?: number;
}
