import type { Job } from '../../client/index.ts';
import { Badge, type Tone } from './parts.tsx';

const TONES: Readonly<Record<Job['state'], Tone>> = {
  queued: 'info',
  running: 'warn',
  succeeded: 'good',
  failed: 'bad',
};

/** What a phase is for somebody who does not know the machine. */
const PHASES: Readonly<Record<Job['phase'], string>> = {
  pulling: 'Fetching the source',
  uploaded: 'Uploaded',
  queued: 'Waiting for a transcoder',
  leased: 'Given to a transcoder',
  probed: 'Looked into',
  running: 'Transcoding',
  uploading: 'Storing the renditions',
  verifying: 'Being verified',
  published: 'Done',
  failed: 'Failed',
  cancelled: 'Cancelled',
  superseded: 'Replaced by a newer upload',
};

export const phaseText = (phase: Job['phase']): string => PHASES[phase];

export const isOpen = ({ state }: Job): boolean => state === 'queued' || state === 'running';

export function JobState({ job }: { readonly job: Job }) {
  return <Badge tone={TONES[job.state]}>{phaseText(job.phase)}</Badge>;
}

export function JobProgress({ job }: { readonly job: Job }) {
  const percent = Math.round(job.progress * 100);
  return (
    <span class="progress">
      <progress max={1} value={job.progress} aria-label={`${phaseText(job.phase)}, ${percent} per cent`} />
      {percent} %
    </span>
  );
}
