/** Every public call. test/workers/http/openapi.test.ts compares it with what the Workers serve. */
import type { Operation } from '../operation.ts';
import { episodeOperations, seriesOperations } from './catalog.ts';
import { dropOperations, ingestOperations } from './drops-and-ingest.ts';
import { adCallbackOperations, beaconOperations, systemOperations, transcoderOperations } from './machines.ts';
import { moneyOperations } from './money.ts';
import { analyticsOperations, keyOperations, webhookOperations } from './operators.ts';
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
  ...beaconOperations,
  ...keyOperations,
  ...webhookOperations,
  ...adCallbackOperations,
  ...transcoderOperations,
  ...systemOperations,
];
