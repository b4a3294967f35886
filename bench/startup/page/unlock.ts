/** A preview to its end, the press on the button, and what is seen after it. */
import { followAll, nextFrame, playing, stills, watchVideos } from './frames.ts';
import { HALF_A_FRAME_SECONDS, PREVIEW_SECONDS, type UnlockPage, type UnlockSeen } from './protocol.ts';

interface Player extends HTMLElement {
  next(): void;
  readonly feed: { addDemoCoins(): Promise<unknown> } | null;
}

declare global {
  interface Window {
    unlock?: UnlockPage;
  }
}

const player = '/cliffhanger-player.js';
/** A quarter of a second: a hole or a jump would be in it. */
const FRAMES_LOOKED_AT = 8;

const ENTITLING: ReadonlySet<string> = new Set(['/v1/me/unlocks', '/v1/feed']);

watchVideos();
let shown: Player | null = null;
let paywall = Promise.resolve();

window.unlock = {
  open: async ({ series, token }) => {
    await import(player);
    shown = document.createElement('micro-drama-feed') as Player;
    for (const [name, value] of Object.entries({ series, token, demo: '' })) shown.setAttribute(name, value);
    paywall = nextPaywall(shown);
    document.body.append(shown);
    await shown.feed?.addDemoCoins();
  },
  unlock: (limitMs) => {
    const late = new Promise<null>((resolve) => setTimeout(() => resolve(null), limitMs));
    return Promise.race([unlockOne(), late]);
  },
};

async function unlockOne(): Promise<UnlockSeen | null> {
  await paywall;
  followAll(document.body);
  const video = playing();
  const button = shown?.shadowRoot?.querySelector<HTMLElement>('[data-testid=unlock]');
  if (video === null || shown === null || button == null) return null;
  let reloads = 0;
  video.addEventListener('emptied', () => (reloads += 1));
  const before = stills().get(video) ?? video.currentTime;
  const stoppedAtSeconds = video.currentTime;
  performance.clearResourceTimings();
  const pressedAtMs = performance.now();
  button.click();
  let last = before;
  let [beyondAtSeconds, largestStepSeconds, beyondStepSeconds] = [Number.NaN, 0, 0];
  let unlockMs = Number.NaN;
  let beyondMs = Number.NaN;
  for (let frame = 1; frame <= FRAMES_LOOKED_AT; frame++) {
    const step = last;
    const atMs = await nextFrame((each, mediaTime) => {
      if (each !== video || mediaTime <= step) return false;
      last = mediaTime;
      return true;
    });
    if (frame === 1) unlockMs = atMs - pressedAtMs;
    largestStepSeconds = Math.max(largestStepSeconds, last - step);
    if (!Number.isNaN(beyondMs)) beyondStepSeconds = Math.max(beyondStepSeconds, last - step);
    else if (last >= PREVIEW_SECONDS - HALF_A_FRAME_SECONDS) [beyondMs, beyondAtSeconds] = [atMs - pressedAtMs, last];
  }
  paywall = nextPaywall(shown);
  shown.next();
  const steps = { beyondAtSeconds, largestStepSeconds, beyondStepSeconds };
  return { stoppedAtSeconds, unlockMs, beyondMs, ...requestsSince(pressedAtMs), ...steps, reloads };
}

/** Only what has been answered by now is known to the page. */
function requestsSince(pressedAtMs: number): Pick<UnlockSeen, 'entitledMs' | 'segmentMs'> {
  const entries = (performance.getEntriesByType('resource') as PerformanceResourceTiming[]).filter(
    ({ startTime }) => startTime >= pressedAtMs,
  );
  const segment = entries.find(({ name }) => new URL(name).pathname.endsWith('.m4s'));
  const asked = entries.filter(
    ({ name, startTime }) => ENTITLING.has(new URL(name).pathname) && startTime < (segment?.startTime ?? Infinity),
  );
  return {
    entitledMs: Math.max(...asked.map(({ responseEnd }) => responseEnd)) - pressedAtMs,
    segmentMs: segment === undefined ? Number.NaN : segment.responseEnd - segment.startTime,
  };
}

function nextPaywall(element: Player): Promise<void> {
  return new Promise((resolve) => element.addEventListener('entitlementrequired', () => resolve(), { once: true }));
}
