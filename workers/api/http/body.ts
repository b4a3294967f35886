import type { z } from 'zod';
import { ProblemError } from '#shared/http/problem.ts';
import { readBounded } from '#shared/http/read-bounded.ts';
import { MAX_JSON_BYTES } from '../limits.ts';

/** The request's JSON, checked against its schema. Throws a problem that names each field that is wrong. */
export async function readJson<T extends z.ZodType>(request: Request, schema: T): Promise<z.infer<T>> {
  const text = await readText(request);
  const type = request.headers.get('Content-Type') ?? '';
  if (text !== '' && !/^application\/([a-z.+-]+\+)?json\b/i.test(type)) {
    throw new ProblemError({ code: 'unsupported-media-type', detail: 'Send Content-Type: application/json.' });
  }
  return validate(schema, parseJson(text === '' ? '{}' : text));
}

/** The body as text, within the bound that every JSON call has. */
export async function readText(request: Request): Promise<string> {
  const bytes = await readBounded(request, MAX_JSON_BYTES);
  if (bytes === null) throw new ProblemError({ code: 'body-too-large', detail: `At most ${MAX_JSON_BYTES} bytes.` });
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
