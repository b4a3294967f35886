/** The few calls of the public HTTP API that the seed needs. */
import { UserError } from '../lib/user-error.ts';

export interface Api {
  readonly origin: string;
  readonly apiKey: string;
}

export interface JsonAnswer {
  readonly [field: string]: unknown;
}

/** Sends JSON and reads JSON; a problem answer becomes an error with its `code` and `detail`. */
export async function callJson(api: Api, method: string, path: string, body?: unknown): Promise<JsonAnswer> {
  const response = await fetch(`${api.origin}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${api.apiKey}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return readAnswer(response, `${method} ${path}`);
}

/** Sends a file's bytes. */
export async function putBytes(api: Api, path: string, contentType: string, body: Blob): Promise<JsonAnswer> {
  const response = await fetch(`${api.origin}${path}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${api.apiKey}`, 'content-type': contentType },
    body,
  });
  return readAnswer(response, `PUT ${path}`);
}

export function text(answer: JsonAnswer, field: string): string {
  const value = answer[field];
  if (typeof value !== 'string') throw new Error(`The API's answer has no "${field}": ${JSON.stringify(answer)}`);
  return value;
}

export function items(answer: JsonAnswer): JsonAnswer[] {
  const value = answer['items'];
  if (!Array.isArray(value)) throw new Error(`The API's answer has no "items": ${JSON.stringify(answer)}`);
  return value as JsonAnswer[];
}

async function readAnswer(response: Response, call: string): Promise<JsonAnswer> {
  const body = await response.text();
  if (!response.ok) throw new UserError(`${call} answered ${response.status}: ${body.slice(0, 500)}`);
  return body === '' ? {} : (JSON.parse(body) as JsonAnswer);
}
