/** A page of an app that has no use for the element: a box for each episode, and the feed in `window.feed`. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export async function writeHeadlessPage(site: string): Promise<void> {
  const style = 'div { width: 390px; height: 693px; overflow: hidden } video { width: 100%; height: 100% }';
  await writeFile(join(site, 'headless.css'), style);
  const page =
    '<!doctype html><link rel="stylesheet" href="headless.css"><script type="module" src="headless.js"></script>';
  await writeFile(join(site, 'headless.html'), page);
  await writeFile(join(site, 'headless.js'), SCRIPT);
}

const SCRIPT = `
import { createFeed } from './cliffhanger-core.js';
const boxes = [];
const container = (index) => {
  boxes[index] ??= document.body.appendChild(document.createElement('div'));
  return boxes[index];
};
const given = new URLSearchParams(location.search);
window.options = { token: 'viewer-token', series: 'harbour-lights', container, appVersion: '2.14.0' };
if (given.has('consent')) window.options.consent = given.get('consent');
const feed = createFeed(window.options);
window.feed = feed;
window.told = [];
window.videos = new Set();
for (const name of ['episodechange', 'startup', 'stall', 'entitlementrequired', 'previewend', 'preloadplan', 'unlock', 'failure', 'ended'])
  feed.on(name, (detail) => window.told.push({ name, ...detail, item: detail.item?.episode.id }));
feed.on('mount', ({ video }) => window.videos.add(video));
await feed.start();
feed.autoUnlock = given.has('auto');
feed.activate(0);
`;
