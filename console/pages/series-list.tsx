import { useState } from 'preact/hooks';
import type { Series } from '../../client/index.ts';
import { api } from '../data/api.ts';
import { listSeries } from '../data/catalog.ts';
import { useAction, useQuery } from '../data/use-query.ts';
import { day } from '../format.ts';
import { hrefOf } from '../router.ts';
import { Field } from '../ui/controls.tsx';
import { DataTable, type Column } from '../ui/data-table.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Icon } from '../ui/icons.tsx';
import { PageHead } from '../ui/page.tsx';
import { Empty, Loaded, TroubleNote } from '../ui/parts.tsx';

const COLUMNS: readonly Column<Series>[] = [
  {
    name: 'Title',
    cell: (series) => <a href={hrefOf(['series', series.slug])}>{series.title}</a>,
    sortBy: (series) => series.title,
  },
  { name: 'Slug', cell: (series) => <span class="mono">{series.slug}</span>, sortBy: (series) => series.slug },
  { name: 'Protection', cell: ({ protection }) => (protection === 'none' ? 'None' : protection) },
  { name: 'Language', cell: (series) => series.defaultLanguage ?? '–' },
  {
    name: 'Made',
    cell: (series) => <span class="nowrap">{day(series.createdAt)}</span>,
    sortBy: (series) => series.createdAt,
  },
];

export function SeriesList() {
  const [isMaking, setMaking] = useState(false);
  const query = useQuery('series', listSeries);
  const make = (
    <button type="button" data-kind="primary" onClick={() => setMaking(true)}>
      <Icon name="plus" /> New series
    </button>
  );
  return (
    <>
      <PageHead
        title="Series"
        lead="What you publish. Open one for its funnel, its money and its episodes."
        tools={make}
      />
      <Loaded query={query}>
        {(list) =>
          list.length === 0 ? (
            <section class="card">
              <Empty icon="series" title="No series yet">
                Make one here, or bring a folder of episodes in with <code>npx cliffhanger import</code>.
              </Empty>
            </section>
          ) : (
            <section class="card">
              <DataTable caption="All series" columns={COLUMNS} rows={list} rowKey={({ id }) => id} />
            </section>
          )
        }
      </Loaded>
      {isMaking && <NewSeries onClose={() => setMaking(false)} />}
    </>
  );
}

function NewSeries({ onClose }: { readonly onClose: () => void }) {
  const [title, setTitle] = useState('');
  const [slug, setSlug] = useState('');
  const action = useAction();
  const wanted = slug === '' ? slugOf(title) : slug;
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const isMade = await action.run(() => api.call('POST /v1/series', { body: { title, slug: wanted } }));
    if (isMade) location.hash = hrefOf(['series', wanted, 'episodes']);
  };
  return (
    <Dialog title="New series" onClose={onClose}>
      <form class="form" onSubmit={(event) => void submit(event)}>
        <Field label="Title">
          <input value={title} onInput={(event) => setTitle(event.currentTarget.value)} required maxLength={200} />
        </Field>
        <Field label="Slug" hint="Stands in addresses. Small letters, digits and hyphens.">
          <input
            value={wanted}
            onInput={(event) => setSlug(event.currentTarget.value)}
            required
            pattern="[a-z0-9\-]+"
          />
        </Field>
        {action.trouble !== null && <TroubleNote trouble={action.trouble} />}
        <div class="dialog-foot">
          <button data-kind="primary" disabled={action.isBusy}>
            Make it
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function slugOf(title: string): string {
  return title
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, 60);
}
