/** From what a sender told to what goes into the queue. */
import { consentInForce, type Consent } from '#core/qoe/beacon-context.ts';
import type { BeaconMessage } from '#core/qoe/beacon-message.ts';
import type { ViewEventWire } from '#core/qoe/beacon-wire.ts';
import { countryOf } from '#shared/http/viewer-auth.ts';
import type { BeaconContext } from './parse-context.ts';
import { monthBefore, monthOf, pseudonymOfSubject, routeOfSubject } from './pseudonyms.ts';
import { agentOf } from './sender-agent.ts';
import type { Sender } from './sender.ts';
import { subjectsOf, type Subject } from './subjects.ts';

export interface Received {
  readonly request: Request;
  readonly env: Pick<AnalyticsEnv, 'MASTER_SECRET' | 'CHILD_DIRECTED' | 'DEFAULT_CONSENT'>;
  readonly nowMs: number;
  readonly sender: Sender;
  readonly context: BeaconContext;
}

export function consentOf({ request, env, context }: Pick<Received, 'request' | 'env' | 'context'>): Consent {
  return consentInForce(context.consent, {
    hasGpc: request.headers.get('Sec-GPC') === '1',
    isChildDirected: env.CHILD_DIRECTED === '1',
    otherwise: env.DEFAULT_CONSENT === 'analytics' ? 'analytics' : 'essential',
  });
}

/** One for each of whom it is counted under: with consent that is one. */
export function messagesOf(received: Received, events: readonly ViewEventWire[]): Promise<BeaconMessage[]> {
  const consent = consentOf(received);
  const subjects = subjectsOf(received.sender.viewer, consent, events);
  return Promise.all(subjects.map((subject) => messageOf(received, consent, subject)));
}

async function messageOf(received: Received, consent: Consent, { name, events }: Subject): Promise<BeaconMessage> {
  const { request, env, nowMs, sender, context } = received;
  const month = monthOf(nowMs);
  const [route, viewer, previousViewer] = await Promise.all([
    routeOfSubject(env.MASTER_SECRET, name),
    pseudonymOfSubject(env.MASTER_SECRET, name, month),
    pseudonymOfSubject(env.MASTER_SECRET, name, monthBefore(month)),
  ]);
  const { botRules, ...agent } = agentOf(request.headers);
  const isCounted = consent === 'analytics';
  const { appVersion, connectionType, experiment, audience } = context;
  return {
    formatVersion: 1,
    receivedAtMs: nowMs,
    route,
    viewer,
    previousViewer,
    notBeforeMs: sender.notBeforeMs,
    botRules,
    dimensions: {
      country: countryOf(request),
      ...agent,
      connectionType,
      appVersion,
      experiment: isCounted ? experiment : null,
      audience: isCounted ? audience : null,
    },
    events,
  };
}
