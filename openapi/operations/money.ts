import { reconciliationInput } from '../../workers/api/routes/reconciliation.ts';
import { reportQuery } from '../../workers/api/routes/reports.ts';
import { quoteInput } from '../../workers/api/routes/unlock-input.ts';
import { adjustmentInput } from '../../workers/api/routes/viewer-admin.ts';
import { chargebackInput, mergeInput, refundInput } from '../../workers/api/routes/viewer-money.ts';
import { named } from '../names.ts';
import { operations } from '../operation.ts';
import * as money from '../wire/money.ts';
import { quote } from '../wire/viewers.ts';
import { QUOTE_EXAMPLE, QUOTE_PROBLEMS } from './unlocking.ts';

/** Money that moves by an operator's word. */
export const moneyOperations = operations(
  { tag: 'Coins', auth: { scope: 'entitlements' } },
  {
    'POST /v1/viewers/{viewerId}/quotes': {
      id: 'quoteForViewer',
      summary: 'Name a price that holds',
      description:
        'An unlock with the `quoteId` never costs more until it expires, and less where something was bought since.',
      body: named('QuoteInput', quoteInput),
      bodyExample: QUOTE_EXAMPLE,
      problems: QUOTE_PROBLEMS,
      answers: { 201: { description: 'The quote.', content: quote } },
    },
    'POST /v1/viewers/{viewerId}/refunds': {
      id: 'refundUnlock',
      summary: 'Give back what an unlock cost',
      description:
        'To the lots that the coins came from. The episode is locked again, also where it plays, within 10 s.',
      body: named('RefundInput', refundInput),
      bodyExample: { unlockId: 'unl_01k9zq3v7c8m2n5p6r7s8t9v0w', reason: 'wrong episode' },
      idempotencyKey: 'required',
      problems: ['unlock-not-found', 'already-refunded', 'viewer-merged', 'ledger-reconciling'],
      answers: { 201: { description: 'The refund.', content: money.refund, headers: ['Idempotent-Replayed'] } },
    },
    'POST /v1/viewers/{viewerId}/chargebacks': {
      id: 'chargeBack',
      summary: 'Take a credit back whose payment was taken back',
      description: 'The reference is that of the credit, and makes a second call the same call.',
      body: named('ChargebackInput', chargebackInput),
      bodyExample: { reference: 'order-4711', policy: 'debt' },
      problems: ['viewer-merged', 'ledger-reconciling'],
      answers: {
        201: { description: 'It was applied.', content: money.chargeback, headers: ['Idempotent-Replayed'] },
        202: { description: 'No such credit came yet; it is applied when it does.', content: money.parkedChargeback },
      },
    },
    'POST /v1/viewers/{viewerId}/merge': {
      id: 'mergeViewers',
      summary: 'Make a guest part of a viewer',
      description: 'Coins, unlocks and grants of `from` move, each once, however often this is called.',
      body: named('MergeInput', mergeInput),
      bodyExample: { from: 'guest-1' },
      idempotencyKey: 'required',
      problems: ['conflict', 'viewer-merged', 'ledger-reconciling'],
      answers: { 201: { description: 'What came.', content: money.merge, headers: ['Idempotent-Replayed'] } },
    },
    'POST /v1/viewers/{viewerId}/adjustments': {
      id: 'adjustCoins',
      summary: 'Correct a wallet by hand',
      description:
        'Never below zero; who and why stand in the ledger. Above the deployment’s threshold, what was corrected within a day included, it waits for a second API key.',
      auth: { scope: 'admin' },
      body: named('AdjustmentInput', adjustmentInput),
      bodyExample: { coins: -5, kind: 'bonus', reason: 'given twice', actor: 'support' },
      idempotencyKey: 'required',
      problems: ['conflict', 'viewer-merged', 'ledger-reconciling'],
      answers: {
        201: { description: 'The correction.', content: money.adjustment, headers: ['Idempotent-Replayed'] },
        202: {
          description: 'It waits for another API key to approve it; nothing has moved.',
          content: money.pendingAdjustment,
          headers: ['Location'],
        },
      },
    },
    'GET /v1/viewers/{viewerId}/adjustments': {
      id: 'listPendingAdjustments',
      summary: 'List corrections that needed a second API key',
      auth: { scope: 'admin' },
      answers: { 200: { description: 'The newest hundred.', content: money.pendingAdjustmentPage } },
    },
    'POST /v1/viewers/{viewerId}/adjustments/{adjustment}/approve': {
      id: 'approveAdjustment',
      summary: 'Approve a correction that another API key asked for',
      description: 'Moves the coins, once, within three days of the request. The key that asked cannot approve.',
      auth: { scope: 'admin' },
      problems: [
        'not-found',
        'second-approver-needed',
        'adjustment-not-pending',
        'conflict',
        'viewer-merged',
        'ledger-reconciling',
      ],
      answers: { 201: { description: 'The correction.', content: money.adjustment, headers: ['Idempotent-Replayed'] } },
    },
    'DELETE /v1/viewers/{viewerId}/adjustments/{adjustment}': {
      id: 'rejectAdjustment',
      summary: 'Reject or withdraw a correction that waits',
      auth: { scope: 'admin' },
      problems: ['not-found', 'adjustment-not-pending', 'viewer-merged', 'ledger-reconciling'],
      answers: { 204: { description: 'It will not happen.' } },
    },
    'GET /v1/viewers/{viewerId}/reconciliation': {
      id: 'getReconciliation',
      summary: 'Compare a viewer’s ledger with what it has told',
      description: 'After a restore: what it lacks, and whether coins move.',
      auth: { scope: 'admin' },
      answers: { 200: { description: 'Nothing is missing, as there should be.', content: money.reconciliation } },
    },
    'PUT /v1/viewers/{viewerId}/reconciliation': {
      id: 'putReconciliation',
      summary: 'Stop a viewer’s coins, or let them move again',
      description: '`open` needs that nothing is missing, or `acceptLoss`: a person has made it good.',
      auth: { scope: 'admin' },
      body: named('ReconciliationInput', reconciliationInput),
      bodyExample: { state: 'open', acceptLoss: true },
      problems: ['conflict'],
      answers: { 200: { description: 'How it stands now.', content: money.reconciliation } },
    },
    'GET /v1/viewers/{viewerId}/audit': {
      id: 'auditViewer',
      summary: 'Prove a viewer’s ledger from its rows',
      description:
        'And the chargebacks that wait for their payment: one that waits for long names a payment nobody has.',
      auth: { scope: 'admin' },
      answers: { 200: { description: 'What does not hold, and what waits.', content: money.audit } },
    },
    'POST /v1/viewers/{viewerId}/projection/rebuild': {
      id: 'rebuildProjection',
      summary: 'Tell reports a viewer’s whole history again',
      description: 'What they have already changes nothing.',
      auth: { scope: 'admin' },
      answers: { 202: { description: 'How many facts are on their way.', content: money.rebuild } },
    },
    'GET /v1/reports/unlocks': {
      id: 'reportUnlocks',
      summary: 'Count unlocks and coins over all viewers',
      description: 'By when they were unlocked; seconds behind the viewers’ own ledgers.',
      auth: { scope: 'analytics' },
      query: reportQuery,
      problems: ['series-not-found'],
      answers: { 200: { description: 'The counts.', content: money.unlockReport } },
    },
  },
);
