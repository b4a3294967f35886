import { useState } from 'preact/hooks';
import type { SigningKey } from '../../../client/index.ts';
import { api } from '../../data/api.ts';
import { useAction, useQuery } from '../../data/use-query.ts';
import * as format from '../../format.ts';
import { Field } from '../../ui/controls.tsx';
import { DataTable, type Column } from '../../ui/data-table.tsx';
import { Confirm, Dialog } from '../../ui/dialog.tsx';
import { Icon } from '../../ui/icons.tsx';
import { Badge, Card, Empty, Loaded, TroubleNote } from '../../ui/parts.tsx';
import { Secret } from '../../ui/secret.tsx';

/** The keys that sign viewer tokens: yours, made here, or from the URL of a JWKS. */
export function SigningKeys() {
  const [asking, setAsking] = useState<SigningKey | 'make' | null>(null);
  const [secret, setSecret] = useState<string | null>(null);
  const query = useQuery('signing keys', () => api.call('GET /v1/signing-keys'));
  const action = useAction(query.reload);
  const end = (): void => setAsking(null);
  const revoke = async ({ kid }: SigningKey): Promise<void> => {
    end();
    await action.run(() => api.call('DELETE /v1/signing-keys/{kid}', { params: { kid } }));
  };
  return (
    <div class="stack">
      {secret !== null && <Secret title="The private half, as a JWK" value={secret} />}
      {action.trouble !== null && <TroubleNote trouble={action.trouble} />}
      <Card
        title="Signing keys"
        note="Viewer tokens that they sign are good here. Up to four live."
        tools={
          <button type="button" data-kind="primary" onClick={() => setAsking('make')}>
            <Icon name="plus" /> New key
          </button>
        }
        isBare
      >
        <Loaded query={query} height={180}>
          {({ items, sources }) => (
            <>
              {items.length === 0 ? (
                <Empty title="No keys yet">
                  Not needed while the API issues viewer tokens for you. Register yours when your backend signs its own.
                </Empty>
              ) : (
                <DataTable
                  caption="Signing keys"
                  columns={columnsOf(setAsking)}
                  rows={items}
                  rowKey={({ kid }) => kid}
                />
              )}
              {sources.map(({ id, jwksUrl, fetchedAt, failure }) => (
                <p class="card-body small" key={id}>
                  From <span class="mono">{jwksUrl}</span>, read {format.ago(fetchedAt)}
                  {failure !== null && <Badge tone="bad">{failure}</Badge>}
                </p>
              ))}
            </>
          )}
        </Loaded>
      </Card>
      {asking === 'make' && (
        <NewKey
          onClose={end}
          onMade={(made) => {
            end();
            setSecret(made);
            query.reload();
          }}
        />
      )}
      {asking !== null && asking !== 'make' && (
        <Confirm title="End this key?" verb="End it now" onYes={() => void revoke(asking)} onClose={end}>
          Viewer tokens that <span class="mono">{asking.kid}</span> signed are refused within 10 seconds.
        </Confirm>
      )}
    </div>
  );
}

function columnsOf(onEnd: (key: SigningKey) => void): readonly Column<SigningKey>[] {
  return [
    { name: 'kid', cell: ({ kid }) => <span class="mono">{kid}</span> },
    { name: 'Algorithm', cell: ({ alg }) => alg },
    {
      name: 'Whose',
      cell: ({ managed, sourceId }) => (managed ? 'Made here' : sourceId === null ? 'Yours' : 'From a JWKS'),
    },
    { name: 'Made', cell: ({ createdAt }) => <span class="nowrap">{format.day(createdAt)}</span> },
    { name: 'Ends', cell: ({ retireAt }) => (retireAt === null ? 'Not planned' : format.time(retireAt)) },
    {
      name: '',
      help: 'Actions',
      cell: (key) => (
        <div class="actions">
          <button type="button" data-kind="danger" onClick={() => onEnd(key)}>
            End<span class="visually-hidden"> {key.kid}</span>
          </button>
        </div>
      ),
    },
  ];
}

function NewKey({
  onMade,
  onClose,
}: {
  readonly onMade: (privateJwk: string | null) => void;
  readonly onClose: () => void;
}) {
  const [url, setUrl] = useState('');
  const action = useAction();
  const submit = (event: Event): void => {
    event.preventDefault();
    void action.run(async () => {
      const body = url === '' ? {} : { jwksUrl: url };
      const made = await api.call('POST /v1/signing-keys', { body });
      onMade('privateJwk' in made && made.privateJwk !== undefined ? JSON.stringify(made.privateJwk) : null);
    });
  };
  return (
    <Dialog title="New signing key" onClose={onClose}>
      <form class="form" onSubmit={submit}>
        <Field label="URL of your JWKS" hint="Left empty, a pair is made here and you get its private half once.">
          <input
            type="url"
            value={url}
            onInput={(event) => setUrl(event.currentTarget.value)}
            placeholder="https://…"
          />
        </Field>
        {action.trouble !== null && <TroubleNote trouble={action.trouble} />}
        <div class="dialog-foot">
          <button data-kind="primary" disabled={action.isBusy}>
            {url === '' ? 'Make a pair' : 'Register the URL'}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
