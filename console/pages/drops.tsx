import { useState } from 'preact/hooks';
import type { Drop } from '../../client/index.ts';
import { allOf, api } from '../data/api.ts';
import { listSeries, PAGE, titlesOf } from '../data/catalog.ts';
import { useAction, useQuery } from '../data/use-query.ts';
import * as format from '../format.ts';
import { hrefOf } from '../router.ts';
import { Confirm } from '../ui/dialog.tsx';
import { Icon } from '../ui/icons.tsx';
import { PageHead } from '../ui/page.tsx';
import { Badge, Card, Empty, Loaded, TroubleNote, type Tone } from '../ui/parts.tsx';
import { DropForm } from './drop-form.tsx';
import { MissingList } from './drop-missing.tsx';
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
  const [titles, series] = await Promise.all([
    titlesOf(drops.flatMap(({ episodes }) => episodes).slice(0, MOST_DROPS)),
    listSeries().catch(() => []),
  ]);
  return { drops, titles, series };
}

/** What goes out when: episodes and prices that change together. */
export function Drops() {
  const query = useQuery('drops', load, POLL_MS);
  const [isPlanning, setPlanning] = useState(false);
  const end = (): void => setPlanning(false);
  const plan = (
    <button type="button" data-kind="primary" disabled={query.data === null} onClick={() => setPlanning(true)}>
      <Icon name="plus" /> New drop
    </button>
  );
  const onPlanned = (): void => {
    end();
    query.reload();
  };
  return (
    <>
      <PageHead title="Drops" lead="Episodes and prices that go live together, or not at all." tools={plan} />
      {isPlanning && <DropForm series={query.data?.series ?? []} onDone={onPlanned} onClose={end} />}
      <Loaded query={query} height={480}>
        {({ drops, titles }) => (
          <div class="stack">
            <Card title="Calendar" note="In your time zone.">
              <Month drops={drops} titles={titles} />
            </Card>
            <Card title="All drops" isBare>
              {drops.length === 0 ? (
                <Empty icon="drops" title="No drops yet">
                  Plan one for episodes that are to go out together. Prices that change with them come by{' '}
                  <code>POST /v1/drops</code>.
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
      {drop.failure !== undefined && (
        <MissingList lead="Nothing of it went live. What was missing:" missing={drop.failure.missing} titles={titles} />
      )}
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
