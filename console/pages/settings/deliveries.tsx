import type { WebhookEndpoint, WebhookEvent } from '../../../client/index.ts';
import { api } from '../../data/api.ts';
import { useAction, useQuery } from '../../data/use-query.ts';
import { ago } from '../../format.ts';
import { DataTable, type Column } from '../../ui/data-table.tsx';
import { Badge, Card, Empty, Loaded, TroubleNote, type Tone } from '../../ui/parts.tsx';

const POLL_MS = 5_000;
const TONES: Readonly<Record<WebhookEvent['deliveries'][number]['state'], Tone>> = {
  pending: 'warn',
  delivered: 'good',
  failed: 'bad',
};

/** What was told to whom, and again where it did not come through. */
export function Deliveries({ endpoints }: { readonly endpoints: readonly WebhookEndpoint[] }) {
  const query = useQuery('events', () => api.call('GET /v1/webhook-events', { query: { limit: 50 } }), POLL_MS);
  const action = useAction(query.reload);
  const urls = new Map(endpoints.map(({ id, url }) => [id, url]));
  const replay = (id: string): Promise<boolean> =>
    action.run(() => api.call('POST /v1/webhook-events/{event}/replay', { params: { event: id } }));
  const columns: readonly Column<WebhookEvent>[] = [
    { name: 'Event', cell: ({ type }) => <span class="mono">{type}</span> },
    { name: 'When', cell: ({ createdAt }) => <span class="nowrap">{ago(createdAt)}</span> },
    { name: 'Deliveries', cell: (event) => <DeliveryList event={event} urls={urls} /> },
    {
      name: '',
      help: 'Actions',
      cell: ({ id, type }) => (
        <div class="actions">
          <button type="button" disabled={action.isBusy} onClick={() => void replay(id)}>
            Send again<span class="visually-hidden"> {type}</span>
          </button>
        </div>
      ),
    },
  ];
  return (
    <Card title="Events of the last 14 days" note="A receiver may get one twice, under one webhook-id." isBare>
      {action.trouble !== null && <TroubleNote trouble={action.trouble} />}
      <Loaded query={query} height={160}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="No events yet">They appear here as things happen, whether somebody listens or not.</Empty>
          ) : (
            <DataTable caption="Webhook events" columns={columns} rows={items} rowKey={({ id }) => id} />
          )
        }
      </Loaded>
    </Card>
  );
}

function DeliveryList({ event, urls }: { readonly event: WebhookEvent; readonly urls: ReadonlyMap<string, string> }) {
  if (event.deliveries.length === 0) return <span class="small soft">Nobody listened</span>;
  return (
    <ul class="small">
      {event.deliveries.map(({ endpointId, state, attempts, lastStatus, lastFailure, nextAttemptAt }) => (
        <li key={endpointId} class="where">
          <Badge tone={TONES[state]}>{state}</Badge>
          <span>{urls.get(endpointId) ?? endpointId}</span>
          <span class="soft">
            {attempts} {attempts === 1 ? 'attempt' : 'attempts'}
            {lastStatus === null ? '' : ` · ${lastStatus}`}
            {lastFailure === null ? '' : ` · ${lastFailure}`}
            {nextAttemptAt === null ? '' : ` · next ${ago(nextAttemptAt)}`}
          </span>
        </li>
      ))}
    </ul>
  );
}
