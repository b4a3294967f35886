import { describe, expect, test } from 'vitest';
import type { ViewEventWire } from '../../core/qoe/beacon-wire.ts';
import { createBeacons, type BeaconTransport } from '../../player/beacons.ts';

const view = (viewId: string, seq: number): ViewEventWire => ({
  viewId,
  seq,
  sessionId: 's',
  episodeId: 'e',
  watched: [],
  startupMs: null,
  stalls: [],
  ended: false,
  leftBy: null,
});

function transport(
  answers: boolean[],
): BeaconTransport & { readonly sent: { url: string; seqs: string[]; leaving: boolean }[] } {
  const sent: { url: string; seqs: string[]; leaving: boolean }[] = [];
  return {
    sent,
    send: (url, body, leaving) => {
      const { events } = JSON.parse(body) as { events: ViewEventWire[] };
      sent.push({ url, seqs: events.map((event) => `${event.viewId}${event.seq}`), leaving });
      return Promise.resolve(answers.shift() ?? true);
    },
  };
}

describe('beacons', () => {
  test('carry the newest state of each view in one request', async () => {
    const wire = transport([]);
    const beacons = createBeacons(
      { edge: 'https://edge.test', token: () => 'a b', context: () => ({ consent: 'essential' }) },
      wire,
    );
    for (const event of [view('x', 1), view('x', 2), view('y', 1)]) beacons.report(event);
    await beacons.flush(false);
    expect(wire.sent).toEqual([{ url: 'https://edge.test/v1/events?token=a%20b', seqs: ['x2', 'y1'], leaving: false }]);
  });

  test('that could not be sent go with the next ones', async () => {
    const wire = transport([false]);
    const beacons = createBeacons({ edge: '', token: () => 't', context: () => ({}) }, wire);
    beacons.report(view('x', 1));
    await beacons.flush(false);
    beacons.report(view('y', 1));
    await beacons.flush(true);
    expect(wire.sent[1]).toMatchObject({ seqs: ['x1', 'y1'], leaving: true });
  });

  test('are not sent when nothing happened', async () => {
    const wire = transport([]);
    await createBeacons({ edge: '', token: () => 't', context: () => ({}) }, wire).flush(false);
    expect(wire.sent).toEqual([]);
  });
});
