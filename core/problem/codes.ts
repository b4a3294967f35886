import { EDGE_PROBLEMS } from './edge-problems.ts';

/**
 * Every public error: its status and title. The code is stable, has a page `docs/errors/<code>.md`, and is the last
 * segment of the problem's `type`.
 *
 * @see RFC 9457 (Problem Details for HTTP APIs)
 */
const OTHER_PROBLEMS = {
  'idempotency-key-missing': { status: 400, title: 'This call needs an Idempotency-Key header.' },
  'api-key-missing': { status: 401, title: 'An API key is needed.' },
  'api-key-invalid': { status: 401, title: 'The API key was not accepted.' },
  'console-session-ended': { status: 401, title: 'The console’s session has ended.' },
  'signature-invalid': { status: 401, title: 'The webhook signature was not accepted.' },
  'store-signature-invalid': { status: 401, title: 'The store’s signature was not accepted.' },
  'insufficient-coins': { status: 402, title: 'The viewer has too few coins.' },
  'debt-outstanding': { status: 402, title: 'The viewer owes coins.' },
  'ads-missing': { status: 402, title: 'The viewer has watched too few ads.' },
  'insufficient-scope': { status: 403, title: 'The API key lacks the scope for this call.' },
  'console-request-refused': { status: 403, title: 'Only the console itself may use its session.' },
  'second-approver-needed': { status: 403, title: 'Another API key has to approve this.' },
  'ad-callback-invalid': { status: 403, title: 'The ad network’s callback was not accepted.' },
  'job-not-found': { status: 404, title: 'No such job.' },
  'upload-not-found': { status: 404, title: 'No such upload.' },
  'hls-not-found': { status: 404, title: 'No playlist was found in the bucket.' },
  'grant-not-found': { status: 404, title: 'No such grant.' },
  'unlock-not-found': { status: 404, title: 'No such unlock.' },
  'quote-not-found': { status: 404, title: 'No such quote.' },
  'store-not-configured': { status: 404, title: 'This store is not set up here.' },
  'drop-not-found': { status: 404, title: 'No such drop.' },
  conflict: { status: 409, title: 'This conflicts with what is there.' },
  'episode-not-ready': { status: 409, title: 'The episode has no playable version yet.' },
  'drop-not-ready': { status: 409, title: 'Something that the drop needs is missing.' },
  'drop-not-scheduled': { status: 409, title: 'The drop has happened or was cancelled.' },
  'upload-offset-mismatch': { status: 409, title: 'The upload stands at another byte.' },
  'lease-lost': { status: 409, title: 'Another attempt holds this job.' },
  'job-ended': { status: 409, title: 'The job has come to its end.' },
  'price-changed': { status: 409, title: 'The price is not the one that was expected.' },
  'quote-expired': { status: 409, title: 'The quote has ended.' },
  'adjustment-not-pending': { status: 409, title: 'This correction waits for nobody any more.' },
  'already-refunded': { status: 409, title: 'This unlock was given back before.' },
  'viewer-merged': { status: 409, title: 'This viewer is part of another one now.' },
  'viewer-erased': { status: 410, title: 'This viewer was erased.' },
  'unlock-not-needed': { status: 409, title: 'The viewer may already play this episode.' },
  'unlock-method-not-offered': { status: 409, title: 'The episode is not offered that way.' },
  'idempotency-key-in-flight': { status: 409, title: 'A request with this Idempotency-Key is still at work.' },
  'secret-shown-once': { status: 409, title: 'The answer to this Idempotency-Key held a secret and is not repeated.' },
  'upload-expired': { status: 410, title: 'The upload has expired.' },
  'tus-version-unsupported': { status: 412, title: 'This version of tus is not spoken here.' },
  'wait-running': { status: 409, title: 'The viewer waits for another episode of this series.' },
  'ad-cap-reached': { status: 409, title: 'The viewer has watched the ads of today.' },
  'auto-unlock-off': { status: 409, title: 'The viewer has not switched automatic unlocks on.' },
  'auto-unlock-cap': { status: 409, title: 'The viewer’s daily limit of automatic unlocks is reached.' },
  'source-too-large': { status: 413, title: 'The file is larger than a source may be.' },
  'unsupported-media-type': { status: 415, title: 'This call takes application/json.' },
  'idempotency-key-reused': { status: 422, title: 'This Idempotency-Key was used for another request.' },
  'jwks-unusable': { status: 422, title: 'No signing keys could be read from this URL.' },
  'purchase-not-accepted': { status: 422, title: 'This purchase counts for nothing here.' },
  'graph-invalid': { status: 422, title: 'This graph cannot be stored.' },
  'hls-invalid': { status: 422, title: 'This HLS cannot be served.' },
  'source-url-refused': { status: 422, title: 'This URL is not asked for a source.' },
  'upload-locked': { status: 423, title: 'Another request is writing to this upload.' },
  'upload-checksum-mismatch': { status: 460, title: 'The bytes that came are not those that were sent.' },
  'captions-of-imported-hls': { status: 409, title: 'The captions of imported HLS are in its playlists.' },
  'captions-invalid': { status: 422, title: 'These captions cannot be used.' },
  'ledger-reconciling': { status: 503, title: 'The ledger is being reconciled after a restore.' },
} as const;

export const PROBLEMS: typeof EDGE_PROBLEMS & typeof OTHER_PROBLEMS = { ...EDGE_PROBLEMS, ...OTHER_PROBLEMS };

export type ProblemCode = keyof typeof PROBLEMS;

/** A failure on its way to the wire: the code, what happened this time, and members of its own. */
export interface Problem {
  readonly code: ProblemCode;
  readonly detail?: string;
  readonly members?: Readonly<Record<string, unknown>>;
  readonly retryAfterSeconds?: number;
}
