import { z } from 'zod';
import { keyInput, rotateInput } from '../../workers/api/routes/api-keys.ts';
import { noInput } from '../../workers/api/routes/catalog-schemas.ts';
import { signInInput } from '../../workers/api/routes/console.ts';
import { keyChange, newKey } from '../../workers/api/routes/keys.ts';
import {
  endpointChange,
  endpointInput,
  rotateInput as rotateSecretInput,
} from '../../workers/api/routes/webhook-endpoints.ts';
import { replayInput } from '../../workers/api/routes/webhook-events.ts';
import { named } from '../names.ts';
import { operations } from '../operation.ts';
import * as wire from '../wire/operators.ts';
import { pageQuery } from '../wire/scalars.ts';

export const keyOperations = operations(
  { tag: 'Keys', auth: { scope: 'tokens' } },
  {
    'POST /v1/signing-keys': {
      id: 'createSigningKey',
      summary: 'Register a key that signs viewer tokens',
      description: 'Your public key as `jwk`, the URL of your JWKS as `jwksUrl`, or neither: then a pair is made.',
      body: named('SigningKeyInput', newKey),
      isBodyRequired: false,
      bodyExample: { jwksUrl: 'https://backend.example.com/.well-known/jwks.json' },
      idempotencyKey: 'optional',
      problems: ['conflict', 'jwks-unusable', 'secret-shown-once'],
      answers: {
        201: {
          description: 'The key, or the source with its keys.',
          content: wire.signingKeyMade,
          headers: ['Location'],
        },
      },
    },
    'GET /v1/signing-keys': {
      id: 'listSigningKeys',
      summary: 'List live signing keys and JWKS URLs',
      answers: { 200: { description: 'All of them.', content: wire.signingKeyList } },
    },
    'GET /v1/signing-keys/{kid}': {
      id: 'getSigningKey',
      summary: 'Read a live signing key',
      etag: 'read',
      problems: ['not-found'],
      answers: { 200: { description: 'The key.', content: wire.signingKey, headers: ['ETag'] } },
    },
    'PATCH /v1/signing-keys/{kid}': {
      id: 'retireSigningKey',
      summary: 'Say when a signing key ends',
      body: named('SigningKeyChange', keyChange),
      bodyExample: { retireAt: '2026-12-01T00:00:00Z' },
      etag: 'write',
      problems: ['not-found', 'conflict'],
      answers: { 200: { description: 'The key as it is now.', content: wire.signingKey, headers: ['ETag'] } },
    },
    'DELETE /v1/signing-keys/{kid}': {
      id: 'revokeSigningKey',
      etag: 'write',
      summary: 'End a signing key now',
      problems: ['not-found'],
      answers: { 204: { description: 'Its tokens are refused within 10 s.' } },
    },
    'DELETE /v1/signing-keys/sources/{source}': {
      id: 'deleteKeySource',
      summary: 'End a JWKS URL and its keys',
      problems: ['not-found'],
      answers: { 204: { description: 'It is gone.' } },
    },
    'GET /.well-known/jwks.json': {
      id: 'getJwks',
      summary: 'Read the live public keys',
      auth: 'none',
      answers: { 200: { description: 'A JWK set.', content: wire.jwks } },
    },
    'POST /v1/api-keys': {
      id: 'createApiKey',
      summary: 'Make an API key',
      auth: { scope: 'admin' },
      body: named('ApiKeyInput', keyInput),
      bodyExample: { label: 'shop backend', scopes: ['entitlements', 'tokens'] },
      idempotencyKey: 'optional',
      problems: ['secret-shown-once'],
      answers: {
        201: { description: 'The key; it is shown this once.', content: wire.apiKeyShown, headers: ['Location'] },
      },
    },
    'GET /v1/api-keys': {
      id: 'listApiKeys',
      summary: 'List API keys',
      auth: { scope: 'admin' },
      query: pageQuery,
      answers: { 200: { description: 'A page, without secrets.', content: wire.apiKeyPage } },
    },
    'POST /v1/api-keys/{key}/rotate': {
      id: 'rotateApiKey',
      summary: 'Make a new secret for an API key',
      description: 'The old one opens until the overlap ends.',
      auth: { scope: 'admin' },
      body: named('RotateInput', rotateInput),
      isBodyRequired: false,
      bodyExample: { overlapSeconds: 86_400 },
      idempotencyKey: 'optional',
      problems: ['not-found', 'conflict', 'secret-shown-once'],
      answers: { 200: { description: 'The key; it is shown this once.', content: wire.apiKeyShown } },
    },
    'DELETE /v1/api-keys/{key}': {
      id: 'revokeApiKey',
      summary: 'Take an API key away',
      auth: { scope: 'admin' },
      problems: ['not-found'],
      answers: { 204: { description: 'It opens nothing any more.' } },
    },
    'GET /v1/audit-log': {
      id: 'listAuditLog',
      summary: 'List the calls that may have changed something',
      auth: { scope: 'admin' },
      query: pageQuery.extend({ since: z.iso.datetime({ offset: true }).optional() }),
      answers: { 200: { description: 'A page, the newest first.', content: wire.auditPage } },
    },
  },
);

export const consoleOperations = operations(
  { tag: 'Console', auth: 'none' },
  {
    'POST /v1/console/session': {
      id: 'signIn',
      summary: 'Exchange an API key for the console’s session',
      description: 'For the console’s own page: same origin, with `Cliffhanger-Console: 1`.',
      body: named('SignInInput', signInInput),
      bodyExample: { apiKey: 'sk_live_…' },
      problems: ['api-key-invalid', 'console-request-refused', 'rate-limited'],
      answers: { 201: { description: 'The session.', content: wire.consoleSession, headers: ['Set-Cookie'] } },
    },
    'GET /v1/console/session': {
      id: 'getSession',
      summary: 'Read what the session, or the API key, opens',
      auth: 'console',
      answers: { 200: { description: 'The session.', content: wire.consoleSession } },
    },
    'DELETE /v1/console/session': {
      id: 'signOut',
      summary: 'End the session in this browser',
      problems: ['console-request-refused'],
      answers: { 204: { description: 'The cookie is gone.', headers: ['Set-Cookie'] } },
    },
  },
);

export const webhookOperations = operations(
  { tag: 'Webhooks', auth: { scope: 'admin' } },
  {
    'POST /v1/webhook-endpoints': {
      id: 'createWebhookEndpoint',
      summary: 'Be told what happens',
      description: 'Deliveries are signed as Standard Webhooks prescribes and tried for 24 h.',
      body: named('WebhookEndpointInput', endpointInput),
      bodyExample: { url: 'https://backend.example.com/hooks', events: ['episode.ready', 'viewer.unlocked'] },
      idempotencyKey: 'optional',
      problems: ['conflict', 'secret-shown-once'],
      answers: {
        201: {
          description: 'The endpoint, with its secret this once.',
          content: wire.endpointShown,
          headers: ['Location'],
        },
      },
    },
    'GET /v1/webhook-endpoints': {
      id: 'listWebhookEndpoints',
      summary: 'List webhook endpoints',
      query: pageQuery,
      answers: { 200: { description: 'A page.', content: wire.endpointPage } },
    },
    'GET /v1/webhook-endpoints/{endpoint}': {
      id: 'getWebhookEndpoint',
      etag: 'read',
      summary: 'Read a webhook endpoint',
      problems: ['not-found'],
      answers: { 200: { description: 'The endpoint.', content: wire.endpoint, headers: ['ETag'] } },
    },
    'PATCH /v1/webhook-endpoints/{endpoint}': {
      id: 'updateWebhookEndpoint',
      etag: 'write',
      summary: 'Change a webhook endpoint',
      body: named('WebhookEndpointChange', endpointChange),
      bodyExample: { enabled: true },
      problems: ['not-found'],
      answers: { 200: { description: 'The endpoint as it is now.', content: wire.endpoint, headers: ['ETag'] } },
    },
    'DELETE /v1/webhook-endpoints/{endpoint}': {
      id: 'deleteWebhookEndpoint',
      etag: 'write',
      summary: 'Delete a webhook endpoint',
      problems: ['not-found'],
      answers: { 204: { description: 'It is told nothing any more.' } },
    },
    'POST /v1/webhook-endpoints/{endpoint}/rotate-secret': {
      id: 'rotateWebhookSecret',
      etag: 'write',
      summary: 'Make a new signing secret',
      description: 'Both sign until the overlap ends.',
      body: named('RotateSecretInput', rotateSecretInput),
      isBodyRequired: false,
      bodyExample: { overlapSeconds: 86_400 },
      idempotencyKey: 'optional',
      problems: ['not-found', 'conflict', 'secret-shown-once'],
      answers: { 200: { description: 'The endpoint, with its secret this once.', content: wire.endpointShown } },
    },
    'POST /v1/webhook-endpoints/{endpoint}/test': {
      id: 'testWebhookEndpoint',
      summary: 'Try a delivery now',
      body: noInput,
      isBodyRequired: false,
      problems: ['not-found'],
      answers: { 200: { description: 'How it went.', content: wire.webhookTried } },
    },
    'GET /v1/webhook-events': {
      id: 'listWebhookEvents',
      summary: 'List events and their deliveries',
      query: pageQuery,
      answers: {
        200: { description: 'A page of the last 14 days, the newest first.', content: wire.webhookEventPage },
      },
    },
    'POST /v1/webhook-events/{event}/replay': {
      id: 'replayWebhookEvent',
      summary: 'Deliver an event again',
      description: 'Under its webhook-id, to every endpoint that wants it, or to one.',
      body: named('ReplayInput', replayInput),
      isBodyRequired: false,
      bodyExample: { endpointId: 'whe_01k9zq3v7c8m2n5p6r7s8t9v0w' },
      idempotencyKey: 'optional',
      problems: ['not-found', 'conflict'],
      answers: { 202: { description: 'The event with its deliveries.', content: wire.webhookEvent } },
    },
  },
);
