import type { Episode } from '../../../client/index.ts';
import { api } from '../../data/api.ts';
import { hasImages, imageOf } from '../../data/catalog.ts';
import { useView } from '../../data/period.ts';
import { useQuery } from '../../data/use-query.ts';
import { seconds } from '../../format.ts';
import { EpisodeActions } from '../../ui/episode-actions.tsx';
import { EpisodeState } from '../../ui/episode-state.tsx';
import { PageHead } from '../../ui/page.tsx';
import { Loaded } from '../../ui/parts.tsx';
import { QualityCard } from '../../ui/quality.tsx';
import { ComparePicker, PeriodPicker, SegmentPicker } from '../../ui/view-bar.tsx';
import { Playback } from './playback.tsx';
import { RetentionCard } from './retention-card.tsx';

const POLL_MS = 15_000;

async function load(id: string) {
  const episode = await api.call('GET /v1/episodes/{episode}', { params: { episode: id } });
  const series = await api.call('GET /v1/series/{series}', { params: { series: episode.seriesId } });
  return { episode, series };
}

/** The page of an episode: where viewers leave it, and whether it was the script or the buffering. */
export function EpisodePage({ id }: { readonly id: string }) {
  const query = useQuery(`episode page ${id}`, () => load(id), POLL_MS);
  return (
    <Loaded query={query} height={480}>
      {({ episode, series }) => {
        const crumbs = [
          { title: 'Series', path: ['series'] },
          { title: series.title, path: ['series', series.slug] },
        ];
        return (
          <>
            <div class="episode-head">
              {hasImages(episode) && <img class="poster large" src={imageOf(id, 'poster.jpg')} alt="" />}
              <PageHead
                title={`${episode.number}. ${episode.title}`}
                crumbs={crumbs}
                beside={<EpisodeState episode={episode} />}
                lead={leadOf(episode)}
                tools={<EpisodeActions episode={episode} onChanged={query.reload} />}
              />
            </div>
            <Numbers episode={episode} />
          </>
        );
      }}
    </Loaded>
  );
}

function leadOf({ durationSeconds, synopsis, failure }: Episode): string {
  if (failure !== undefined) return failure.detail;
  const length = durationSeconds === null ? 'No video yet' : seconds(durationSeconds);
  return synopsis === null ? length : `${length} · ${synopsis}`;
}

function Numbers({ episode }: { readonly episode: Episode }) {
  const view = useView();
  const subject = { kind: 'episode', id: episode.id } as const;
  return (
    <>
      <div class="tools view-bar">
        <PeriodPicker view={view} />
        <SegmentPicker view={view} subject={subject} />
        <ComparePicker view={view} subject={subject} />
      </div>
      <div class="stack">
        <RetentionCard episode={episode} view={view} />
        <Playback subject={subject} view={view} />
        <QualityCard subject={subject} view={view} />
      </div>
    </>
  );
}
