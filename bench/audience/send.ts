/** Sends beacons as players and apps' backends do: a viewer's own token, its own browser, and again what was not taken. */
import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { importJWK, type JWK, SignJWT } from 'jose';
import { call, type Edge } from '../library.ts';
import type { Batch } from './deliver.ts';
import type { Person } from './people.ts';

const CONNECTIONS = 12;
const TRIES = 6;
/** Sessions are made up in no time. Their tokens are as old as such a visit's, or nobody could have watched so much. */
export const TOKEN_AGE_MS: number = 2 * 3_600_000;
const TOKEN_LIFE_MS = 8 * 3_600_000;

export type Tokens = (person: Person) => Promise<string>;

/** A backend's own key, and a token for each viewer. That of a player which cannot be is young. */
export async function tokensOf(edge: Edge): Promise<Tokens> {
  const { kid, privateJwk } = await call<{ kid: string; privateJwk: JWK }>(edge, 'POST', '/v1/signing-keys', {});
  const key = await importJWK(privateJwk, 'ES256');
  const made = new Map<string, Promise<string>>();
  const sign = ({ viewerId, impossible }: Person): Promise<string> => {
    const issuedAtMs = Date.now() - (impossible === null ? TOKEN_AGE_MS : 0);
    return new SignJWT()
      .setProtectedHeader({ alg: 'ES256', kid, typ: 'playback+jwt' })
      .setSubject(viewerId)
      .setAudience('urn:cliffhanger:playback')
      .setJti(randomUUID())
      .setIssuedAt(Math.floor(issuedAtMs / 1_000))
      .setExpirationTime(Math.floor((issuedAtMs + TOKEN_LIFE_MS) / 1_000))
      .sign(key);
  };
  return (person) => {
    const token = made.get(person.viewerId) ?? sign(person);
    made.set(person.viewerId, token);
    return token;
  };
}

export interface Sent {
  readonly requests: number;
  readonly events: number;
}

export async function sendAll(edge: Edge, tokens: Tokens, batches: Iterable<Batch>): Promise<Sent> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const left = batches[Symbol.iterator]();
  let [requests, events] = [0, 0];
  const sendLeft = async (): Promise<void> => {
    for (let next = left.next(); next.done !== true; next = left.next()) {
      const { session, events: told } = next.value;
      await sendOne(edge, agent, next.value, await tokens(session.person));
      requests++;
      events += told.length;
    }
  };
  try {
    await Promise.all(Array.from({ length: CONNECTIONS }, sendLeft));
  } finally {
    agent.destroy();
  }
  return { requests, events };
}

async function sendOne(edge: Edge, agent: Agent, { session, events }: Batch, token: string): Promise<void> {
  const { person } = session;
  const headers = {
    'content-type': 'text/plain',
    authorization: `Bearer ${token}`,
    'user-agent': person.device.userAgent,
    ...(person.country === null ? {} : { 'x-country': person.country }),
  };
  const body = JSON.stringify({ context: contextOf(person), events });
  for (let tries = 1; ; tries++) {
    const { status, text } = await post(`${edge.origin}/v1/events`, agent, headers, body);
    if (status === 202 || status === 204) return;
    if ((status < 500 && status !== 429) || tries === TRIES) throw new Error(`POST /v1/events: ${status} ${text}`);
    await new Promise((resolve) => setTimeout(resolve, 250 * tries));
  }
}

function contextOf({ consent, appVersion, experiment, connectionType, audience }: Person): object {
  const told = { appVersion, experiment, connectionType, audience };
  return { consent, ...Object.fromEntries(Object.entries(told).filter(([, value]) => value !== null)) };
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

function post(url: string, agent: Agent, headers: Record<string, string>, body: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', agent, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    sent.on('error', reject).end(body);
  });
}
