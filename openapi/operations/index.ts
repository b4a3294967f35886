/** Every public call. test/workers/http/openapi.test.ts compares it with what the Workers serve. */
import type { Operation } from '../operation.ts';
import { alertOperations, analyticsOperations } from './analytics.ts';
import { episodeOperations, seriesOperations } from './catalog.ts';
import { dropOperations, ingestOperations } from './drops-and-ingest.ts';
import { adCallbackOperations, beaconOperations, systemOperations, transcoderOperations } from './machines.ts';
import { moneyOperations } from './money.ts';
import { consoleOperations, keyOperations, webhookOperations } from './operators.ts';
import { mediaOperations, meOperations, playbackOperations } from './players.ts';
import { storeOperations } from './stores.ts';
import { uploadOperations } from './uploads.ts';
import { viewerOperations } from './viewers.ts';

export const ALL_OPERATIONS: readonly Operation[] = [
  ...seriesOperations,
  ...episodeOperations,
  ...ingestOperations,
  ...uploadOperations,
  ...dropOperations,
  ...viewerOperations,
  ...moneyOperations,
  ...storeOperations,
  ...playbackOperations,
  ...meOperations,
  ...mediaOperations,
  ...analyticsOperations,
  ...alertOperations,
  ...beaconOperations,
  ...keyOperations,
  ...consoleOperations,
  ...webhookOperations,
  ...adCallbackOperations,
  ...transcoderOperations,
  ...systemOperations,
].map(withDigest);

/** What backends read has an ETag, all but what another Worker answers and what is read once (workers/api/http/entity-tag.ts). */
function withDigest(operation: Operation): Operation {
  const { call, auth, answers } = operation;
  const isRead = call.startsWith('GET ') && typeof auth === 'object';
  if (!isRead || / \/v1\/analytics\/|\/export$/.test(call)) return operation;
  const [status = '200', answer] = Object.entries(answers)[0] ?? [];
  if (answer === undefined || answer.headers?.includes('ETag') === true) return { ...operation, etag: 'read' };
  const headers = [...(answer.headers ?? []), 'ETag'] as const;
  return { ...operation, etag: 'read', answers: { ...answers, [status]: { ...answer, headers } } };
}
