import type { Episode } from '../../client/index.ts';
import { Badge, type Tone } from './parts.tsx';

const TONES: Readonly<Record<Episode['state'], Tone>> = {
  draft: 'plain',
  processing: 'warn',
  ready: 'info',
  published: 'good',
  failed: 'bad',
};
const NAMES: Readonly<Record<Episode['state'], string>> = {
  draft: 'Draft',
  processing: 'Processing',
  ready: 'Ready',
  published: 'Published',
  failed: 'Failed',
};

export function EpisodeState({ episode: { state } }: { readonly episode: Episode }) {
  return <Badge tone={TONES[state]}>{NAMES[state]}</Badge>;
}
