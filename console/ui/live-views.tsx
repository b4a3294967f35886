import { liveOf } from '../data/analytics.ts';
import { titlesOf } from '../data/catalog.ts';
import { useQuery } from '../data/use-query.ts';
import { whole } from '../format.ts';
import { hrefOf } from '../router.ts';
import { Card, Skeleton, TroubleNote } from './parts.tsx';

/** A beacon is seen here within 5 s of being sent. */
const POLL_MS = 2_000;
const MOST_SHOWN = 8;

async function load(series: string | undefined) {
  const { views, items } = await liveOf(series);
  const shown = items.toSorted((a, b) => b.views - a.views).slice(0, MOST_SHOWN);
  return { views, shown, titles: await titlesOf(shown.map(({ episodeId }) => episodeId)) };
}

/** Who watches right now. `series`: only there. */
export function LiveViews({ series }: { readonly series?: string }) {
  const { data, trouble } = useQuery(`live ${series ?? ''}`, () => load(series), POLL_MS);
  if (trouble !== null && data === null) return <TroubleNote trouble={trouble} />;
  if (data === null) return <Skeleton height={96} />;
  const { views, shown, titles } = data;
  return (
    <Card
      title="Right now"
      tools={
        <span class="live" data-testid="live">
          {views > 0 && <span class="live-dot" aria-hidden="true" />}
          <strong>{whole(views)}</strong> {views === 1 ? 'view' : 'views'}
        </span>
      }
    >
      {shown.length === 0 ? (
        <p class="soft">
          Nobody watches at this moment. This line is live: open an episode in the player and it shows up here.
        </p>
      ) : (
        <ul class="live-list">
          {shown.map(({ episodeId, views: here }) => (
            <li key={episodeId}>
              <a href={hrefOf(['episodes', episodeId])}>
                {titles.get(episodeId) ?? episodeId} · <strong>{whole(here)}</strong>
              </a>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
