import { useState } from 'preact/hooks';
import type { Drop, Missing } from '../../client/index.ts';
import { allOf, api } from '../data/api.ts';
import { PAGE, titlesOf } from '../data/catalog.ts';
import { useAction, useQuery } from '../data/use-query.ts';
import * as format from '../format.ts';
import { hrefOf } from '../router.ts';
import { Confirm } from '../ui/dialog.tsx';
import { PageHead } from '../ui/page.tsx';
import { Badge, Card, Empty, Loaded, TroubleNote, type Tone } from '../ui/parts.tsx';
import { Month } from './month.tsx';

const POLL_MS = 15_000;
const MOST_DROPS = 300;

const TONES: Readonly<Record<Drop['state'], readonly [string, Tone]>> = {
  scheduled: ['Scheduled', 'info'],
  done: ['Done', 'good'],
  failed: ['Failed', 'bad'],
  cancelled: ['Cancelled', 'plain'],
};

async function load() {
  const drops = await allOf(
    (cursor) => api.call('GET /v1/drops', { query: { limit: PAGE, ...(cursor === undefined ? {} : { cursor }) } }),
    MOST_DROPS,
  );
  return { drops, titles: await titlesOf(drops.flatMap(({ episodes }) => episodes).slice(0, MOST_DROPS)) };
}

/** What goes out when: episodes and prices that change together. */
export function Drops() {
  const query = useQuery('drops', load, POLL_MS);
  return (
    <>
      <PageHead title="Drops" lead="Episodes and prices that go live together, or not at all." />
      <Loaded query={query} height={480}>
        {({ drops, titles }) => (
          <div class="stack">
            <Card title="Calendar" note="In your time zone.">
              <Month drops={drops} titles={titles} />
            </Card>
            <Card title="All drops" isBare>
              {drops.length === 0 ? (
                <Empty icon="drops" title="No drops yet">
                  Plan one with <code>POST /v1/drops</code>: a time, the episodes, and the policies that change with
                  them.
                </Empty>
              ) : (
                <ul class="rows">
                  {drops.map((drop) => (
                    <DropRow key={drop.id} drop={drop} titles={titles} onChanged={query.reload} />
                  ))}
                </ul>
              )}
            </Card>
          </div>
        )}
      </Loaded>
    </>
  );
}

interface RowProps {
  readonly drop: Drop;
  readonly titles: ReadonlyMap<string, string>;
  readonly onChanged: () => void;
}

function DropRow({ drop, titles, onChanged }: RowProps) {
  const [isAsking, setAsking] = useState(false);
  const action = useAction(onChanged);
  const [state, tone] = TONES[drop.state];
  const cancel = async (): Promise<void> => {
    setAsking(false);
    await action.run(() => api.call('DELETE /v1/drops/{drop}', { params: { drop: drop.id } }));
  };
  return (
    <li id={drop.id}>
      <div class="where">
        <strong>{format.time(drop.at)}</strong>
        <Badge tone={tone}>{state}</Badge>
        {drop.policies.length > 0 && (
          <span class="small soft">
            {drop.policies.length} {drop.policies.length === 1 ? 'policy' : 'policies'}
          </span>
        )}
        {drop.state === 'scheduled' && (
          <button
            type="button"
            data-kind="danger"
            class="at-end"
            disabled={action.isBusy}
            onClick={() => setAsking(true)}
          >
            Cancel
            <span class="visually-hidden"> the drop of {format.time(drop.at)}</span>
          </button>
        )}
      </div>
      <ul class="live-list">
        {drop.episodes.map((id) => (
          <li key={id}>
            <a href={hrefOf(['episodes', id])}>{titles.get(id) ?? id}</a>
          </li>
        ))}
      </ul>
      {drop.failure !== undefined && <MissingList missing={drop.failure.missing} titles={titles} />}
      {action.trouble !== null && <TroubleNote trouble={action.trouble} />}
      {isAsking && (
        <Confirm
          title="Cancel this drop?"
          verb="Cancel the drop"
          onYes={() => void cancel()}
          onClose={() => setAsking(false)}
        >
          Nothing of it will go live on {format.time(drop.at)}. The episodes stay as they are.
        </Confirm>
      )}
    </li>
  );
}

function MissingList({
  missing,
  titles,
}: {
  readonly missing: readonly Missing[];
  readonly titles: RowProps['titles'];
}) {
  return (
    <div class="note-box" data-tone="bad">
      <strong>Nothing of it went live. What was missing:</strong>
      <ul class="small">
        {missing.map((each) => (
          <li key={JSON.stringify(each)}>{missingText(each, titles)}</li>
        ))}
      </ul>
    </div>
  );
}

function missingText(missing: Missing, titles: RowProps['titles']): string {
  switch (missing.code) {
    case 'episode-not-found':
      return `Episode ${missing.episodeId} does not exist.`;
    case 'not-transcoded':
      return `${titles.get(missing.episodeId) ?? missing.episodeId} is ${missing.state}: it has nothing to play.`;
    case 'captions-missing':
      return `${titles.get(missing.episodeId) ?? missing.episodeId} lacks captions in ${missing.languages.join(', ')}.`;
    case 'policy-target-not-found':
      return `The ${missing.scope} ${missing.id} does not exist.`;
  }
}
