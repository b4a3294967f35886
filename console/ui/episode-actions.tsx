/** What can be done with an episode: send its video, publish it, take it back. */
import { useRef, useState } from 'preact/hooks';
import type { Episode, Job } from '../../client/index.ts';
import { api, type Trouble } from '../data/api.ts';
import { uploadSource } from '../data/upload.ts';
import { useAction } from '../data/use-query.ts';
import { phaseText } from './job-progress.tsx';
import { TroubleNote } from './parts.tsx';

const POLL_MS = 1_000;

interface Sending {
  readonly text: string;
  readonly share: number;
}

export function EpisodeActions({ episode, onChanged }: { readonly episode: Episode; readonly onChanged: () => void }) {
  const { id, state, title } = episode;
  const [sending, setSending] = useState<Sending | null>(null);
  const file = useRef<HTMLInputElement>(null);
  const action = useAction(onChanged);
  const isPublished = state === 'published';
  const call = isPublished ? 'POST /v1/episodes/{episode}/unpublish' : 'POST /v1/episodes/{episode}/publish';
  const send = async (chosen: File): Promise<void> => {
    await action.run(() => follow(id, chosen, setSending));
    setSending(null);
  };
  return (
    <div class="form">
      <div class="actions">
        <input
          ref={file}
          type="file"
          accept="video/*"
          aria-label={`Video of ${title}`}
          onChange={(event) => {
            const [chosen] = event.currentTarget.files ?? [];
            if (chosen !== undefined) void send(chosen);
          }}
        />
        <button type="button" disabled={sending !== null} onClick={() => file.current?.click()}>
          {state === 'draft' ? 'Upload video' : 'Replace video'}
          <span class="visually-hidden"> of {title}</span>
        </button>
        <button
          type="button"
          data-kind={isPublished ? undefined : 'primary'}
          disabled={action.isBusy || (!isPublished && state !== 'ready')}
          onClick={() => void action.run(() => api.call(call, { params: { episode: id } }))}
        >
          {isPublished ? 'Unpublish' : 'Publish'}
          <span class="visually-hidden"> {title}</span>
        </button>
      </div>
      {sending !== null && <SendingProgress sending={sending} />}
      <ActionTrouble trouble={action.trouble} />
    </div>
  );
}

function SendingProgress({ sending }: { readonly sending: Sending }) {
  return (
    <span class="progress">
      <progress max={1} value={sending.share} aria-label={sending.text} />
      {sending.text}
    </span>
  );
}

function ActionTrouble({ trouble }: { readonly trouble: Trouble | null }) {
  return trouble === null ? null : <TroubleNote trouble={trouble} />;
}

/** The upload, then its job, until that has ended. */
async function follow(episodeId: string, file: File, show: (sending: Sending) => void): Promise<void> {
  let job: Job = await uploadSource(episodeId, file, (share) =>
    show({ share, text: `Uploading ${Math.round(share * 100)} %` }),
  );
  while (job.state === 'queued' || job.state === 'running') {
    show({ share: job.progress, text: phaseText(job.phase) });
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    job = await api.call('GET /v1/jobs/{job}', { params: { job: job.id } });
  }
}
