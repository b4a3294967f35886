import type { z } from 'zod';
import { ProblemError } from '#shared/http/problem.ts';
import { readBounded } from '#shared/http/read-bounded.ts';
import { MAX_JSON_BYTES } from '../limits.ts';

/** The request's JSON, checked against its schema. Throws a problem that names each field that is wrong. */
export async function readJson<T extends z.ZodType>(
  request: Request,
  schema: T,
  maxBytes: number = MAX_JSON_BYTES,
): Promise<z.infer<T>> {
  return validate(schema, await readValue(request, REQUIRED, maxBytes));
}

/** As readJson, for calls whose every field may be left out: there, no body says the same as `{}`. */
export async function readOptionalJson<T extends z.ZodType>(request: Request, schema: T): Promise<z.infer<T>> {
  return validate(schema, await readValue(request, {}, MAX_JSON_BYTES));
}

/** A client that lost its body must not be taken for one that sent an empty policy. */
const REQUIRED = Symbol('required');

async function readValue(request: Request, absent: unknown, maxBytes: number): Promise<unknown> {
  const text = await readText(request, maxBytes);
  const type = request.headers.get('Content-Type') ?? '';
  if (text !== '' && !/^application\/([a-z.+-]+\+)?json\b/i.test(type)) {
    throw new ProblemError({ code: 'unsupported-media-type', detail: 'Send Content-Type: application/json.' });
  }
  if (text !== '') return parseJson(text);
  if (absent === REQUIRED) throw new ProblemError({ code: 'invalid-request', detail: 'This call needs a JSON body.' });
  return absent;
}

/** The body as text, within the bound that every JSON call has but those that name another. */
export async function readText(request: Request, maxBytes: number = MAX_JSON_BYTES): Promise<string> {
  const bytes = await readBounded(request, maxBytes);
  if (bytes === null) throw new ProblemError({ code: 'body-too-large', detail: `At most ${maxBytes} bytes.` });
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new ProblemError({ code: 'invalid-request', detail: 'The body is not UTF-8.' });
  }
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ProblemError({ code: 'invalid-request', detail: 'The body is not JSON.' });
  }
}

export function validate<T extends z.ZodType>(schema: T, value: unknown): z.infer<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues
    .slice(0, 20)
    .map((issue) => ({ path: issue.path.join('.'), detail: issue.message }));
  const first = errors[0];
  throw new ProblemError({
    code: 'invalid-request',
    detail: first === undefined ? 'The body is not valid.' : `${first.path || 'body'}: ${first.detail}`,
    members: { errors },
  });
}
