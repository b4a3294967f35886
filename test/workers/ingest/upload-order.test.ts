import { describe, expect, test } from 'vitest';
import { apiFetch, edgeOrigin, platformSecrets } from '../../support/edge.ts';
import { fakeVersion, transcode } from '../support/fake-transcoder.ts';
import { expectProblem } from '../support/http.ts';
import {
  createEpisode,
  createSeries,
  hasBegun,
  readEpisode,
  readJob,
  uploadSource,
  type JobWire,
} from '../support/library.ts';

/** An upload that takes its time; `finish` lets it end. */
function slowUpload(episodeId: string): { finish: () => void; answer: Promise<Response> } {
  let finish = (): void => undefined;
  const held = new Promise<void>((resolve) => (finish = resolve));
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      controller.enqueue(new TextEncoder().encode('the older file'));
      await held;
      controller.close();
    },
  });
  const headers = { authorization: `Bearer ${platformSecrets().apiKey}` };
  const answer = fetch(`${edgeOrigin()}/v1/episodes/${episodeId}/source`, {
    method: 'PUT',
    headers,
    body,
    duplex: 'half',
  } as RequestInit);
  return { finish, answer };
}

describe('two uploads of one episode', () => {
  test('leave the one that was begun last, also when the other takes longer', async () => {
    const episode = await createEpisode((await createSeries()).id);
    const older = slowUpload(episode.id);
    await hasBegun();
    const newer = await uploadSource(episode.id);
    older.finish();
    const { job } = (await (await older.answer).json()) as { job: JobWire };
    expect(job).toMatchObject({ state: 'failed', failure: { code: 'superseded' } });
    await transcode(newer.id, fakeVersion());
    expect(await readJob(newer.id)).toMatchObject({ state: 'succeeded' });
    expect(await readEpisode(episode.id)).toMatchObject({ state: 'ready' });
  });

  test('one that ends after its episode was deleted says so', async () => {
    const episode = await createEpisode((await createSeries()).id);
    const upload = slowUpload(episode.id);
    await hasBegun();
    await apiFetch(`/v1/episodes/${episode.id}`, { method: 'DELETE' });
    upload.finish();
    await expectProblem(await upload.answer, 'episode-not-found');
  });
});
