/** The language that the viewer picked, from one episode to the next. */
import type { Feed } from '../create-feed.ts';
import type { AudioOption } from '../engine.ts';
import { preferences, remember } from './captions.ts';

export function pickLanguage(feed: Feed, { id, language, name }: AudioOption): void {
  remember({ audio: language ?? name });
  feed.selectAudio(id);
}

export function preferLanguage(feed: Feed): void {
  const { audio } = preferences();
  const wanted = feed.audioOptions.find(({ language, name }) => (language ?? name) === audio);
  if (wanted !== undefined && !wanted.isActive) feed.selectAudio(wanted.id);
}
