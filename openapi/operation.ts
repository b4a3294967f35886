import type { z } from 'zod';
import type { ProblemCode } from '#core/problem/codes.ts';
import type { Scope } from '#shared/http/api-key.ts';

/** `pass`: the path itself is signed. `signature`: in a form of the sender's own. `console`: its cookie. */
export type Auth = { readonly scope: Scope } | 'viewer' | 'webhook' | 'pass' | 'signature' | 'console' | 'none';

/** Bytes of one of these types, no JSON. */
export interface Binary {
  readonly mediaTypes: readonly string[];
  readonly description: string;
}

export interface Answer {
  readonly description: string;
  readonly content?: z.ZodType | Binary;
  /** What else it may be, by the request's Accept. */
  readonly alternative?: Binary;
  readonly example?: unknown;
  readonly headers?: readonly HeaderName[];
}

export type HeaderName =
  | 'ETag'
  | 'Location'
  | 'Set-Cookie'
  | 'Idempotent-Replayed'
  | 'Server-Timing'
  | 'Upload-Offset'
  | 'Upload-Length'
  | 'Upload-Expires'
  | 'Tus-Extension';

export type RequestHeaderName =
  | 'Tus-Resumable'
  | 'Upload-Length'
  | 'Upload-Metadata'
  | 'Upload-Offset'
  | 'Upload-Checksum';

export interface OperationDetails {
  /** The operationId. */
  readonly id: string;
  readonly summary: string;
  readonly description?: string;
  readonly tag?: string;
  readonly auth?: Auth;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType | Binary;
  /** False where every field may be left out, and then the body too. */
  readonly isBodyRequired?: boolean;
  readonly bodyExample?: unknown;
  readonly idempotencyKey?: 'required' | 'optional';
  /** Of the request, beside those that follow from the rest. */
  readonly headers?: readonly RequestHeaderName[];
  /** `read`: an ETag that If-None-Match takes; `write`: one that If-Match takes. */
  readonly etag?: 'read' | 'write';
  readonly answers: Readonly<Record<number, Answer>>;
  /** Beside those that follow from auth, path, body and headers (problems-of.ts). */
  readonly problems?: readonly ProblemCode[];
}

export interface Operation extends OperationDetails {
  /** `POST /v1/series/{series}/episodes` */
  readonly call: string;
  readonly tag: string;
  readonly auth: Auth;
}

/** Operations by the call that they describe; what they share is said once. */
export function operations(
  shared: { readonly tag: string; readonly auth: Auth },
  table: Readonly<Record<string, OperationDetails>>,
): Operation[] {
  return Object.entries(table).map(([call, details]) => ({ ...shared, ...details, call }));
}

export function isBinary(content: z.ZodType | Binary): content is Binary {
  return 'mediaTypes' in content;
}
