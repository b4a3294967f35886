import { useState } from 'preact/hooks';
import type { ApiKey, ShownApiKey } from '../../../client/index.ts';
import { allOf, api } from '../../data/api.ts';
import { PAGE } from '../../data/catalog.ts';
import { useAction, useQuery } from '../../data/use-query.ts';
import * as format from '../../format.ts';
import { DataTable, type Column } from '../../ui/data-table.tsx';
import { Confirm } from '../../ui/dialog.tsx';
import { Icon } from '../../ui/icons.tsx';
import { Badge, Card, Empty, Loaded, TroubleNote } from '../../ui/parts.tsx';
import { Secret } from '../../ui/secret.tsx';
import { NewApiKey } from './new-api-key.tsx';

const load = (): Promise<ApiKey[]> =>
  allOf((cursor) =>
    api.call('GET /v1/api-keys', { query: { limit: PAGE, ...(cursor === undefined ? {} : { cursor }) } }),
  );

type Asking = { readonly kind: 'make' } | { readonly kind: 'revoke' | 'rotate'; readonly key: ApiKey };

export function ApiKeys({ ownId }: { readonly ownId: string }) {
  const [asking, setAsking] = useState<Asking | null>(null);
  const [shown, setShown] = useState<ShownApiKey | null>(null);
  const query = useQuery('api keys', load);
  const action = useAction(query.reload);
  const end = (): void => setAsking(null);
  const revoke = async ({ id }: ApiKey): Promise<void> => {
    end();
    await action.run(() => api.call('DELETE /v1/api-keys/{key}', { params: { key: id } }));
  };
  const rotate = async ({ id }: ApiKey): Promise<void> => {
    end();
    await action.run(async () => setShown(await api.call('POST /v1/api-keys/{key}/rotate', { params: { key: id } })));
  };
  return (
    <div class="stack">
      {shown !== null && <Secret title={`The key “${shown.label}”`} value={shown.key} />}
      {action.trouble !== null && <TroubleNote trouble={action.trouble} />}
      <Card
        title="API keys"
        note="Of your backends and of people who sign in here. Give each only the scopes that it needs."
        tools={
          <button type="button" data-kind="primary" onClick={() => setAsking({ kind: 'make' })}>
            <Icon name="plus" /> New key
          </button>
        }
        isBare
      >
        <Loaded query={query} height={200}>
          {(keys) => <KeyTable keys={keys} ownId={ownId} onAsk={setAsking} />}
        </Loaded>
      </Card>
      {asking?.kind === 'make' && (
        <NewApiKey
          onClose={end}
          onMade={(key) => {
            end();
            setShown(key);
            query.reload();
          }}
        />
      )}
      {asking?.kind === 'revoke' && (
        <Confirm
          title={`Revoke “${asking.key.label}”?`}
          verb="Revoke the key"
          onYes={() => void revoke(asking.key)}
          onClose={end}
        >
          It opens nothing any more, at once, and neither do the sessions that were made with it. This cannot be undone.
        </Confirm>
      )}
      {asking?.kind === 'rotate' && (
        <Confirm
          title={`Rotate “${asking.key.label}”?`}
          verb="Make a new secret"
          onYes={() => void rotate(asking.key)}
          onClose={end}
        >
          You get a new secret. The old one opens for another day, so that a backend can change over.
        </Confirm>
      )}
    </div>
  );
}

function KeyTable({
  keys,
  ownId,
  onAsk,
}: {
  readonly keys: readonly ApiKey[];
  readonly ownId: string;
  readonly onAsk: (asking: Asking) => void;
}) {
  if (keys.length === 0)
    return (
      <Empty title="No keys but the first one">
        Make one for each backend and each person: then each can be taken away.
      </Empty>
    );
  const columns: readonly Column<ApiKey>[] = [
    {
      name: 'Label',
      cell: ({ id, label }) => (
        <>
          {label} {id === ownId && <Badge tone="info">Yours</Badge>}
        </>
      ),
      sortBy: ({ label }) => label,
    },
    { name: 'Scopes', cell: ({ scopes }) => <span class="small">{scopes.join(', ')}</span> },
    { name: 'Last used', cell: ({ lastUsedAt }) => (lastUsedAt === null ? 'Never' : format.ago(lastUsedAt)) },
    { name: 'Expires', cell: ({ expiresAt }) => (expiresAt === null ? 'Never' : format.time(expiresAt)) },
    {
      name: '',
      help: 'Actions',
      cell: (key) => (
        <div class="actions">
          <button type="button" onClick={() => onAsk({ kind: 'rotate', key })}>
            Rotate<span class="visually-hidden"> {key.label}</span>
          </button>
          <button type="button" data-kind="danger" onClick={() => onAsk({ kind: 'revoke', key })}>
            Revoke<span class="visually-hidden"> {key.label}</span>
          </button>
        </div>
      ),
    },
  ];
  return <DataTable caption="API keys" columns={columns} rows={keys} rowKey={({ id }) => id} />;
}
