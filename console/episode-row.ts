import type { Api, Episode, Policy } from './api.ts';
import { element, setText } from './dom.ts';
import { sparkline } from './sparkline.ts';

/** A job is asked after this often while it runs. */
const POLL_MS = 1_000;

/** One episode: its state, its price, its retention, and what can be done with it. */
export function episodeRow(api: Api, episode: Episode, policy: Policy, onChanged: () => void): HTMLElement {
  const progress = element('progress', { max: '1', hidden: '' });
  const message = element('p', { class: 'message', role: 'status' });
  const fail = (error: unknown): void => setText(message, error instanceof Error ? error.message : String(error));
  if (episode.failure) setText(message, `${episode.failure.detail} (${episode.failure.code})`);

  const file = element('input', { type: 'file', accept: 'video/*', hidden: '' });
  const upload = element('button', { type: 'button' }, episode.state === 'draft' ? 'Upload video' : 'Replace video');
  upload.addEventListener('click', () => file.click());
  file.addEventListener('change', () => {
    const [chosen] = file.files ?? [];
    if (chosen) void send(api, episode, chosen, progress, message).then(onChanged, fail);
  });

  const isPublished = episode.state === 'published';
  const publish = element('button', { type: 'button' }, isPublished ? 'Unpublish' : 'Publish');
  publish.disabled = !isPublished && episode.state !== 'ready';
  publish.addEventListener('click', () => void api.setPublished(episode, !isPublished).then(onChanged, fail));

  const curve = element('td', { class: 'curve' });
  api.retention(episode).then((retention) => curve.append(sparkline(retention)), fail);

  return element(
    'tr',
    {},
    element('td', { class: 'number' }, String(episode.number)),
    element('td', {}, element('strong', {}, episode.title), message, progress),
    element('td', {}, element('span', { class: `badge ${episode.state}` }, episode.state)),
    element(
      'td',
      { class: 'number' },
      episode.durationSeconds === null ? '–' : `${episode.durationSeconds.toFixed(1)} s`,
    ),
    element('td', {}, priceText(episode, policy)),
    curve,
    element('td', { class: 'actions' }, upload, publish, file),
  );
}

async function send(
  api: Api,
  episode: Episode,
  file: File,
  progress: HTMLProgressElement,
  message: HTMLElement,
): Promise<void> {
  progress.hidden = false;
  let job = await api.upload(episode, file, (share) => {
    progress.value = share;
    setText(message, `Uploading ${Math.round(share * 100)} %`);
  });
  while (job.state === 'queued' || job.state === 'running') {
    progress.value = job.progress;
    setText(
      message,
      job.state === 'queued' ? 'Waiting for the transcoder' : `Transcoding ${Math.round(job.progress * 100)} %`,
    );
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    job = await api.job(job.id);
  }
  progress.hidden = true;
}

function priceText(episode: Episode, policy: Policy): string {
  if (policy.coinPrice === undefined && policy.freeEpisodes === undefined) return 'open';
  if (policy.freeEpisodes !== undefined && episode.number <= policy.freeEpisodes) return 'free';
  const preview = policy.previewSeconds ? `, ${policy.previewSeconds} s preview` : '';
  return policy.coinPrice === undefined ? `locked${preview}` : `${policy.coinPrice} coins${preview}`;
}
