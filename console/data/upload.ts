import type { Job } from '../../client/index.ts';
import { PROOF } from './api.ts';

/** XMLHttpRequest, because fetch does not tell how much of a body was sent. */
export function uploadSource(episodeId: string, file: File, onProgress: (share: number) => void): Promise<Job> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('PUT', `/v1/episodes/${encodeURIComponent(episodeId)}/source`);
    for (const [name, value] of Object.entries(PROOF)) request.setRequestHeader(name, value);
    request.upload.addEventListener('progress', (event) => onProgress(event.loaded / Math.max(1, event.total)));
    request.addEventListener('error', () => reject(new Error('The upload broke off. Send the file again.')));
    request.addEventListener('load', () => {
      if (request.status === 202) resolve((JSON.parse(request.responseText) as { job: Job }).job);
      else reject(new Error(messageOf(request.responseText)));
    });
    request.send(file);
  });
}

function messageOf(text: string): string {
  try {
    const { title, detail } = JSON.parse(text) as { title?: string; detail?: string };
    return [title, detail].filter(Boolean).join(' ');
  } catch {
    return 'The server did not answer as expected. Try again shortly.';
  }
}
