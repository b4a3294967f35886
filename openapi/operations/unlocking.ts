/** What the viewer's own calls and those of a backend for a viewer have in common. */
import type { ProblemCode } from '#core/problem/codes.ts';
import type { OperationDetails } from '../operation.ts';
import * as wire from '../wire/viewers.ts';

export const UNLOCK_DESCRIPTION =
  'Debit and unlock happen together or not at all. The price is the policy’s; `expectedCoins` refuses another than was shown.';
export const UNLOCK_EXAMPLE = { episodeId: 'ep_01k9zq3v7c8m2n5p6r7s8t9v0w', method: 'coins', expectedCoins: 10 };

export const QUOTE_EXAMPLE = {
  bundle: { kind: 'next', count: 10, from: 'ep_01k9zq3v7c8m2n5p6r7s8t9v0w' },
  method: 'coins',
};
export const QUOTE_PROBLEMS: readonly ProblemCode[] = [
  'episode-not-found',
  'country-not-allowed',
  'unlock-not-needed',
  'unlock-method-not-offered',
  'viewer-merged',
];

export const UNLOCK_PROBLEMS: readonly ProblemCode[] = [
  'debt-outstanding',
  'quote-not-found',
  'quote-expired',
  'viewer-merged',
  'ledger-reconciling',
  'conflict',
  'insufficient-coins',
  'ads-missing',
  'country-not-allowed',
  'episode-not-found',
  'price-changed',
  'unlock-not-needed',
  'unlock-method-not-offered',
  'wait-running',
  'auto-unlock-off',
  'auto-unlock-cap',
];

export const unlockAnswers: OperationDetails['answers'] = {
  200: { description: 'The viewer had it before: nothing was debited.', content: wire.unlocked },
  201: {
    description: 'Unlocked now, or by the first call under this key.',
    content: wire.unlocked,
    headers: ['Idempotent-Replayed'],
  },
  202: { description: 'A wait runs; it needs no further call.', content: wire.waiting },
};

export const adIntentAnswers: Pick<OperationDetails, 'problems' | 'answers'> = {
  problems: [
    'episode-not-found',
    'unlock-not-needed',
    'unlock-method-not-offered',
    'country-not-allowed',
    'ad-cap-reached',
  ],
  answers: { 201: { description: 'Leave to count one ad.', content: wire.adIntent } },
};
