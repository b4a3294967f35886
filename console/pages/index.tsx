import type { ConsoleSession } from '../../client/index.ts';
import { hrefOf, useRoute } from '../router.ts';
import { PageHead } from '../ui/page.tsx';
import { Empty } from '../ui/parts.tsx';
import { Alerts } from './alerts.tsx';
import { Drops } from './drops.tsx';
import { EpisodePage } from './episode/index.tsx';
import { Jobs } from './jobs.tsx';
import { Overview } from './overview.tsx';
import { SeriesList } from './series-list.tsx';
import { SeriesPage } from './series/index.tsx';
import { Settings } from './settings/index.tsx';

export interface PagesProps {
  readonly session: ConsoleSession;
  readonly onSignOut: () => Promise<void>;
}

/** The key is the page: going to another one starts it anew, from its heading. */
export function Pages(props: PagesProps) {
  const { path } = useRoute();
  const [place = '', id = '', tab = ''] = path;
  switch (place) {
    case '':
      return <Overview key="overview" />;
    case 'series':
      return id === '' ? <SeriesList key="list" /> : <SeriesPage key={id} id={id} tab={tab} />;
    case 'episodes':
      return <EpisodePage key={id} id={id} />;
    case 'drops':
      return <Drops key="drops" />;
    case 'jobs':
      return <Jobs key="jobs" opened={id} />;
    case 'alerts':
      return <Alerts key="alerts" />;
    case 'settings':
      return <Settings key="settings" tab={id} {...props} />;
    default:
      return <Lost />;
  }
}

function Lost() {
  return (
    <>
      <PageHead title="Nothing here" />
      <section class="card">
        <Empty title="This page does not exist">
          The address may be old. <a href={hrefOf([])}>Go to the overview.</a>
        </Empty>
      </section>
    </>
  );
}
