import { useState } from 'preact/hooks';
import type { AccessPolicy, Episode, Series } from '../../../client/index.ts';
import { api } from '../../data/api.ts';
import { hasImages, imageOf, listEpisodes } from '../../data/catalog.ts';
import { useAction, useQuery } from '../../data/use-query.ts';
import * as format from '../../format.ts';
import { hrefOf } from '../../router.ts';
import { Field } from '../../ui/controls.tsx';
import { DataTable, type Column } from '../../ui/data-table.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { EpisodeActions } from '../../ui/episode-actions.tsx';
import { EpisodeState } from '../../ui/episode-state.tsx';
import { Icon } from '../../ui/icons.tsx';
import { Card, Empty, Loaded, TroubleNote } from '../../ui/parts.tsx';

const BUSY_MS = 2_000;
const IDLE_MS = 15_000;

async function load(series: string) {
  const [episodes, policy] = await Promise.all([
    listEpisodes(series),
    api.call('GET /v1/series/{series}/access', { params: { series } }),
  ]);
  return { episodes, policy };
}

export function Episodes({ series }: { readonly series: Series }) {
  const [isMaking, setMaking] = useState(false);
  const query = useQuery(
    `episodes ${series.id}`,
    () => load(series.id),
    ({ episodes }) => (episodes.some(({ state }) => state === 'processing') ? BUSY_MS : IDLE_MS),
  );
  return (
    <Loaded query={query} height={320}>
      {({ episodes, policy }) => (
        <Card
          title={episodes.length === 1 ? '1 episode' : `${episodes.length} episodes`}
          note={policyText(policy)}
          tools={
            <button type="button" onClick={() => setMaking(true)}>
              <Icon name="plus" /> New episode
            </button>
          }
          isBare
        >
          {episodes.length === 0 ? (
            <Empty icon="series" title="No episodes yet">
              Make one and upload its video, or import a folder:{' '}
              <code>npx cliffhanger import ./episodes --series {series.slug}</code>
            </Empty>
          ) : (
            <DataTable
              caption={`Episodes of ${series.title}`}
              columns={columnsOf(policy, query.reload)}
              rows={episodes}
              rowKey={({ id }) => id}
            />
          )}
          {isMaking && (
            <NewEpisode
              series={series}
              number={Math.max(0, ...episodes.map((each) => each.number)) + 1}
              onMade={query.reload}
              onClose={() => setMaking(false)}
            />
          )}
        </Card>
      )}
    </Loaded>
  );
}

function columnsOf(policy: AccessPolicy, onChanged: () => void): readonly Column<Episode>[] {
  return [
    {
      name: 'Episode',
      cell: (episode) => (
        <span class="with-poster">
          {hasImages(episode) ? (
            <img class="poster" src={imageOf(episode.id, 'poster.jpg')} alt="" loading="lazy" />
          ) : (
            <span class="poster" />
          )}
          <span>
            <a href={hrefOf(['episodes', episode.id])}>
              {episode.number}. {episode.title}
            </a>
            {episode.failure !== undefined && <span class="small soft"> {episode.failure.detail}</span>}
          </span>
        </span>
      ),
      sortBy: ({ number }) => number,
    },
    { name: 'State', cell: (episode) => <EpisodeState episode={episode} /> },
    { name: 'Length', isNumber: true, cell: ({ durationSeconds }) => format.seconds(durationSeconds) },
    { name: 'Access', cell: (episode) => <span class="nowrap">{accessText(episode, policy)}</span> },
    { name: 'Release', cell: ({ releaseAt }) => <span class="nowrap">{format.time(releaseAt)}</span> },
    { name: '', help: 'Actions', cell: (episode) => <EpisodeActions episode={episode} onChanged={onChanged} /> },
  ];
}

function policyText({ freeEpisodes, coinPrice, previewSeconds }: AccessPolicy): string {
  if (coinPrice === undefined && freeEpisodes === undefined) return 'Open to everybody.';
  const free = freeEpisodes === undefined ? 'None free' : `The first ${freeEpisodes} free`;
  const price = coinPrice === undefined ? 'then locked' : `then ${coinPrice} coins`;
  const preview = previewSeconds === undefined ? '' : `, with ${previewSeconds} s of preview`;
  return `${free}, ${price}${preview}. An episode’s own policy may say otherwise.`;
}

function accessText({ number }: Episode, { freeEpisodes, coinPrice }: AccessPolicy): string {
  if (coinPrice === undefined && freeEpisodes === undefined) return 'Open';
  if (freeEpisodes !== undefined && number <= freeEpisodes) return 'Free';
  return coinPrice === undefined ? 'Locked' : `${coinPrice} coins`;
}

function NewEpisode({
  series,
  number: next,
  onMade,
  onClose,
}: {
  readonly series: Series;
  readonly number: number;
  readonly onMade: () => void;
  readonly onClose: () => void;
}) {
  const [number, setNumber] = useState(next);
  const [title, setTitle] = useState('');
  const action = useAction(onMade);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const request = { params: { series: series.id }, body: { number, title } };
    if (await action.run(() => api.call('POST /v1/series/{series}/episodes', request))) onClose();
  };
  return (
    <Dialog title="New episode" onClose={onClose}>
      <form class="form" onSubmit={(event) => void submit(event)}>
        <Field label="Number">
          <input
            type="number"
            min={1}
            value={number}
            onInput={(event) => setNumber(event.currentTarget.valueAsNumber)}
            required
          />
        </Field>
        <Field label="Title">
          <input value={title} onInput={(event) => setTitle(event.currentTarget.value)} required maxLength={200} />
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
