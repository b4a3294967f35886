import type { Series } from '../../../client/index.ts';
import { api } from '../../data/api.ts';
import { useView } from '../../data/period.ts';
import { useQuery } from '../../data/use-query.ts';
import { PageHead, Tabs } from '../../ui/page.tsx';
import { Badge, Loaded } from '../../ui/parts.tsx';
import { PeriodPicker, SegmentPicker } from '../../ui/view-bar.tsx';
import { Audience } from './audience.tsx';
import { Episodes } from './episodes.tsx';
import { Money } from './money.tsx';
import { SeriesQuality } from './quality.tsx';

const SERIES_CRUMB = [{ title: 'Series', path: ['series'] }];

export function SeriesPage({ id, tab }: { readonly id: string; readonly tab: string }) {
  const query = useQuery(`series ${id}`, () => api.call('GET /v1/series/{series}', { params: { series: id } }));
  return (
    <Loaded query={query} height={400}>
      {(series) => <SeriesTabs series={series} tab={tab} path={['series', id]} />}
    </Loaded>
  );
}

function SeriesTabs({ series, tab, path }: { readonly series: Series; readonly tab: string; readonly path: string[] }) {
  const view = useView();
  const subject = { kind: 'series', id: series.id } as const;
  const tabs = [
    { name: '', title: 'Audience', path },
    { name: 'money', title: 'Money', path: [...path, 'money'] },
    { name: 'quality', title: 'Quality', path: [...path, 'quality'] },
    { name: 'episodes', title: 'Episodes', path: [...path, 'episodes'] },
  ];
  return (
    <>
      <PageHead
        title={series.title}
        crumbs={SERIES_CRUMB}
        beside={series.protection === 'none' ? undefined : <Badge tone="info">{series.protection}</Badge>}
        lead={series.synopsis ?? undefined}
        tools={
          <a class="button" href={`/?series=${encodeURIComponent(series.slug)}`}>
            Open in the player
          </a>
        }
      />
      <Tabs label="Series" tabs={tabs} current={tab} />
      {tab !== 'episodes' && (
        <div class="tools view-bar">
          <PeriodPicker view={view} />
          {tab !== 'money' && <SegmentPicker view={view} subject={subject} />}
        </div>
      )}
      {tab === '' && <Audience series={series} view={view} />}
      {tab === 'money' && <Money series={series} view={view} />}
      {tab === 'quality' && <SeriesQuality series={series} view={view} />}
      {tab === 'episodes' && <Episodes series={series} />}
    </>
  );
}
