import type { JobDetail } from '../../client/index.ts';
import { api } from '../data/api.ts';
import { episodeOf } from '../data/catalog.ts';
import { useAction, useQuery } from '../data/use-query.ts';
import { seconds, time } from '../format.ts';
import { hrefOf } from '../router.ts';
import { Dialog } from '../ui/dialog.tsx';
import { isOpen, JobProgress, JobState, phaseText } from '../ui/job-progress.tsx';
import { Loaded, TroubleNote } from '../ui/parts.tsx';

const POLL_MS = 1_000;

/** One job: how it came where it is, what the transcoder noticed, and what can be done about it. */
export function JobDialog({
  id,
  onClose,
  onChanged,
}: {
  readonly id: string;
  readonly onClose: () => void;
  readonly onChanged: () => void;
}) {
  const query = useQuery(
    `job ${id}`,
    () => api.call('GET /v1/jobs/{job}', { params: { job: id } }),
    (job) => (isOpen(job) ? POLL_MS : ENDED_POLL_MS),
  );
  const action = useAction(() => {
    query.reload();
    onChanged();
  });
  return (
    <Dialog title="Job" onClose={onClose}>
      <Loaded query={query} height={240}>
        {(job) => (
          <div class="form">
            <Facts job={job} />
            {isOpen(job) && <JobProgress job={job} />}
            {job.failure !== null && (
              <div class="note-box" data-tone="bad">
                <strong>{job.failure.detail || 'It failed.'}</strong>
                <span class="small mono">{job.failure.code}</span>
              </div>
            )}
            <Warnings job={job} />
            <Timeline job={job} />
            {action.trouble !== null && <TroubleNote trouble={action.trouble} />}
            <div class="dialog-foot">
              {isOpen(job) && (
                <button
                  type="button"
                  data-kind="danger"
                  disabled={action.isBusy}
                  onClick={() => void action.run(() => api.call('POST /v1/jobs/{job}/cancel', { params: { job: id } }))}
                >
                  Cancel the job
                </button>
              )}
              {job.state === 'failed' && (
                <button
                  type="button"
                  data-kind="primary"
                  disabled={action.isBusy}
                  onClick={() => void action.run(() => api.call('POST /v1/jobs/{job}/retry', { params: { job: id } }))}
                >
                  Try it again
                </button>
              )}
            </div>
          </div>
        )}
      </Loaded>
    </Dialog>
  );
}

const ENDED_POLL_MS = 10_000;

function Facts({ job }: { readonly job: JobDetail }) {
  const episode = useQuery(`episode ${job.episodeId}`, () => episodeOf(job.episodeId)).data;
  return (
    <dl class="facts">
      <dt>Episode</dt>
      <dd>
        <a href={hrefOf(['episodes', job.episodeId])}>
          {episode === null ? job.episodeId : `${episode.number}. ${episode.title}`}
        </a>
      </dd>
      <dt>State</dt>
      <dd>
        <JobState job={job} />
      </dd>
      <dt>Attempts</dt>
      <dd>{job.attempts}</dd>
      <dt>Begun</dt>
      <dd>{time(job.createdAt)}</dd>
    </dl>
  );
}

function Warnings({ job }: { readonly job: JobDetail }) {
  if (job.warnings.length === 0) return null;
  return (
    <div>
      <h3>Noticed about the source</h3>
      <ul class="small">
        {job.warnings.map(({ code, detail }) => (
          <li key={code + detail}>
            {detail} <span class="mono soft">({code})</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Timeline({ job: { timeline } }: { readonly job: JobDetail }) {
  return (
    <div>
      <h3>What happened</h3>
      <ol class="timeline">
        {timeline.map(({ phase, attempt, at }, index) => {
          const before = timeline[index - 1];
          const afterSeconds = before === undefined ? null : (Date.parse(at) - Date.parse(before.at)) / 1_000;
          return (
            <li key={`${at} ${phase} ${attempt}`}>
              <span class="soft">{new Date(at).toLocaleTimeString()}</span>
              <span>
                {phaseText(phase)}
                {attempt > 1 && <span class="soft"> (attempt {attempt})</span>}
              </span>
              <span class="soft">{afterSeconds === null ? '' : `+${seconds(afterSeconds)}`}</span>
            </li>
          );
        })}
      </ol>
    </div>
  );
}
