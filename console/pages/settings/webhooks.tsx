import { useState } from 'preact/hooks';
import type { ShownWebhookEndpoint, WebhookEndpoint } from '../../../client/index.ts';
import { api } from '../../data/api.ts';
import { useAction, useQuery } from '../../data/use-query.ts';
import { day } from '../../format.ts';
import { DataTable, type Column } from '../../ui/data-table.tsx';
import { Confirm } from '../../ui/dialog.tsx';
import { Icon } from '../../ui/icons.tsx';
import { Badge, Card, Empty, Loaded, TroubleNote } from '../../ui/parts.tsx';
import { Secret } from '../../ui/secret.tsx';
import { Deliveries } from './deliveries.tsx';
import { NewEndpoint } from './new-endpoint.tsx';

const load = async (): Promise<readonly WebhookEndpoint[]> =>
  (await api.call('GET /v1/webhook-endpoints', { query: { limit: 100 } })).items;

export function Webhooks() {
  const [isMaking, setMaking] = useState(false);
  const [shown, setShown] = useState<ShownWebhookEndpoint | null>(null);
  const query = useQuery('endpoints', load);
  return (
    <div class="stack">
      {shown !== null && <Secret title={`The secret of ${shown.url}`} value={shown.secret} />}
      <Card
        title="Webhook endpoints"
        note="Signed as Standard Webhooks prescribes, tried for 24 hours."
        tools={
          <button type="button" data-kind="primary" onClick={() => setMaking(true)}>
            <Icon name="plus" /> New endpoint
          </button>
        }
        isBare
      >
        <Loaded query={query} height={160}>
          {(endpoints) =>
            endpoints.length === 0 ? (
              <Empty icon="alerts" title="Nobody is told yet">
                Make an endpoint to hear of episodes that are ready, unlocks, refunds and alerts.
              </Empty>
            ) : (
              <Endpoints endpoints={endpoints} onChanged={query.reload} onShown={setShown} />
            )
          }
        </Loaded>
      </Card>
      <Deliveries endpoints={query.data ?? []} />
      {isMaking && (
        <NewEndpoint
          onClose={() => setMaking(false)}
          onMade={(made) => {
            setMaking(false);
            setShown(made);
            query.reload();
          }}
        />
      )}
    </div>
  );
}

interface EndpointsProps {
  readonly endpoints: readonly WebhookEndpoint[];
  readonly onChanged: () => void;
  readonly onShown: (endpoint: ShownWebhookEndpoint) => void;
}

function Endpoints({ endpoints, onChanged, onShown }: EndpointsProps) {
  const columns: readonly Column<WebhookEndpoint>[] = [
    {
      name: 'URL',
      cell: ({ url, description }) => (
        <>
          <span class="mono">{url}</span>
          {description !== null && <div class="small soft">{description}</div>}
        </>
      ),
    },
    { name: 'Events', cell: ({ events }) => <span class="small">{events.join(', ')}</span> },
    {
      name: 'State',
      cell: ({ enabled, disabledReason }) =>
        enabled ? (
          <Badge tone="good">On</Badge>
        ) : (
          <Badge tone="warn">Off{disabledReason ? `: ${disabledReason}` : ''}</Badge>
        ),
    },
    { name: 'Made', cell: ({ createdAt }) => <span class="nowrap">{day(createdAt)}</span> },
    {
      name: '',
      help: 'Actions',
      cell: (endpoint) => <EndpointActions endpoint={endpoint} onChanged={onChanged} onShown={onShown} />,
    },
  ];
  return <DataTable caption="Webhook endpoints" columns={columns} rows={endpoints} rowKey={({ id }) => id} />;
}

function EndpointActions({
  endpoint,
  onChanged,
  onShown,
}: Omit<EndpointsProps, 'endpoints'> & { readonly endpoint: WebhookEndpoint }) {
  const { id, url, enabled } = endpoint;
  const [asking, setAsking] = useState(false);
  const [tried, setTried] = useState<string | null>(null);
  const action = useAction(onChanged);
  const params = { endpoint: id };
  const test = (): Promise<boolean> =>
    action.run(async () => {
      const outcome = await api.call('POST /v1/webhook-endpoints/{endpoint}/test', { params });
      setTried(
        outcome.delivered ? `Delivered (${outcome.status})` : `Not delivered: ${outcome.failure ?? outcome.status}`,
      );
    });
  const rotate = (): Promise<boolean> =>
    action.run(async () => onShown(await api.call('POST /v1/webhook-endpoints/{endpoint}/rotate-secret', { params })));
  const remove = async (): Promise<void> => {
    setAsking(false);
    await action.run(() => api.call('DELETE /v1/webhook-endpoints/{endpoint}', { params }));
  };
  const change = { params, body: { enabled: !enabled } };
  return (
    <div class="form">
      <div class="actions">
        <button type="button" disabled={action.isBusy} onClick={() => void test()}>
          Test
        </button>
        <button type="button" disabled={action.isBusy} onClick={() => void rotate()}>
          Rotate
        </button>
        <button
          type="button"
          disabled={action.isBusy}
          onClick={() => void action.run(() => api.call('PATCH /v1/webhook-endpoints/{endpoint}', change))}
        >
          {enabled ? 'Turn off' : 'Turn on'}
        </button>
        <button type="button" data-kind="danger" onClick={() => setAsking(true)}>
          Delete<span class="visually-hidden"> {url}</span>
        </button>
      </div>
      {tried !== null && (
        <span class="small soft" role="status">
          {tried}
        </span>
      )}
      {action.trouble !== null && <TroubleNote trouble={action.trouble} />}
      {asking && (
        <Confirm
          title="Delete this endpoint?"
          verb="Delete it"
          onYes={() => void remove()}
          onClose={() => setAsking(false)}
        >
          {url} hears of nothing any more, and its deliveries that still wait are dropped.
        </Confirm>
      )}
    </div>
  );
}
