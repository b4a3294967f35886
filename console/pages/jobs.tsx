import { useState } from 'preact/hooks';
import type { Job } from '../../client/index.ts';
import { api } from '../data/api.ts';
import { titlesOf } from '../data/catalog.ts';
import { useQuery } from '../data/use-query.ts';
import { ago, bytes } from '../format.ts';
import { hrefOf } from '../router.ts';
import { Segmented } from '../ui/controls.tsx';
import { DataTable, type Column } from '../ui/data-table.tsx';
import { isOpen, JobProgress, JobState } from '../ui/job-progress.tsx';
import { PageHead } from '../ui/page.tsx';
import { Empty, Loaded } from '../ui/parts.tsx';
import { JobDialog } from './job-dialog.tsx';

const BUSY_MS = 1_000;
const IDLE_MS = 5_000;

type Filter = 'all' | Job['state'];
const FILTERS: readonly (readonly [Filter, string])[] = [
  ['all', 'All'],
  ['queued', 'Waiting'],
  ['running', 'At work'],
  ['failed', 'Failed'],
  ['succeeded', 'Done'],
];

interface Listed {
  readonly jobs: readonly Job[];
  readonly titles: ReadonlyMap<string, string>;
  readonly hasMore: boolean;
}

async function load(filter: Filter): Promise<Listed> {
  const query = { limit: 50, ...(filter === 'all' ? {} : { state: filter }) };
  const { items, nextCursor } = await api.call('GET /v1/jobs', { query });
  return { jobs: items, titles: await titlesOf(items.map(({ episodeId }) => episodeId)), hasMore: nextCursor !== null };
}

/** What waits, what is at work and what went wrong, as it happens. */
export function Jobs({ opened }: { readonly opened: string }) {
  const [filter, setFilter] = useState<Filter>('all');
  const query = useQuery(
    `jobs ${filter}`,
    () => load(filter),
    ({ jobs }) => (jobs.some(isOpen) ? BUSY_MS : IDLE_MS),
  );
  return (
    <>
      <PageHead
        title="Jobs"
        lead="Every upload becomes a job. This list is live."
        tools={<Segmented label="Which jobs" options={FILTERS} value={filter} onChange={setFilter} />}
      />
      <Loaded query={query} height={320}>
        {({ jobs, titles, hasMore }) => (
          <section class="card">
            {jobs.length === 0 ? (
              <Empty icon="jobs" title="No jobs here">
                Upload a video on the page of an episode, or choose another filter.
              </Empty>
            ) : (
              <DataTable
                caption="Jobs, the newest first"
                columns={columnsOf(titles)}
                rows={jobs}
                rowKey={({ id }) => id}
              />
            )}
            {hasMore && <p class="card-body small soft">The newest 50 are shown.</p>}
          </section>
        )}
      </Loaded>
      {opened !== '' && (
        <JobDialog id={opened} onChanged={query.reload} onClose={() => (location.hash = hrefOf(['jobs']))} />
      )}
    </>
  );
}

function columnsOf(titles: ReadonlyMap<string, string>): readonly Column<Job>[] {
  return [
    {
      name: 'Episode',
      cell: (job) => <a href={hrefOf(['jobs', job.id])}>{titles.get(job.episodeId) ?? job.episodeId}</a>,
    },
    { name: 'What', cell: (job) => (job.dub === null ? 'Video' : `Dub, ${job.dub.language}`) },
    { name: 'State', cell: (job) => <JobState job={job} /> },
    {
      name: 'Progress',
      cell: (job) =>
        isOpen(job) ? <JobProgress job={job} /> : <span class="small soft">{job.failure?.detail ?? ''}</span>,
    },
    { name: 'Attempts', isNumber: true, cell: (job) => job.attempts },
    { name: 'Source', isNumber: true, cell: (job) => bytes(job.sourceSizeBytes) },
    { name: 'Begun', cell: (job) => <span class="nowrap">{ago(job.createdAt)}</span> },
  ];
}
