import { useState } from 'preact/hooks';
import type { ApiKey, ShownApiKey } from '../../../client/index.ts';
import { api } from '../../data/api.ts';
import { useAction } from '../../data/use-query.ts';
import { Field } from '../../ui/controls.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TroubleNote } from '../../ui/parts.tsx';

type Scope = ApiKey['scopes'][number];

const SCOPES: readonly (readonly [Scope, string])[] = [
  ['catalog', 'Series, episodes, prices, drops'],
  ['ingest', 'Uploads and jobs'],
  ['entitlements', 'Coins, unlocks, viewers'],
  ['tokens', 'Viewer tokens, signing keys'],
  ['analytics', 'Numbers and alerts'],
  ['admin', 'Keys, webhooks, audit log'],
];

export function NewApiKey({
  onMade,
  onClose,
}: {
  readonly onMade: (key: ShownApiKey) => void;
  readonly onClose: () => void;
}) {
  const [label, setLabel] = useState('');
  const [scopes, setScopes] = useState<readonly Scope[]>([]);
  const action = useAction();
  const toggle = (scope: Scope): void =>
    setScopes(scopes.includes(scope) ? scopes.filter((each) => each !== scope) : [...scopes, scope]);
  const submit = (event: Event): void => {
    event.preventDefault();
    void action.run(async () => onMade(await api.call('POST /v1/api-keys', { body: { label, scopes } })));
  };
  return (
    <Dialog title="New API key" onClose={onClose}>
      <form class="form" onSubmit={submit}>
        <Field label="Label" hint="Who uses it: it stands in the audit log.">
          <input value={label} onInput={(event) => setLabel(event.currentTarget.value)} required maxLength={100} />
        </Field>
        <fieldset class="field">
          <legend>Scopes</legend>
          {SCOPES.map(([scope, what]) => (
            <label class="check" key={scope}>
              <input type="checkbox" checked={scopes.includes(scope)} onChange={() => toggle(scope)} />
              <span>
                <strong>{scope}</strong> <span class="soft">{what}</span>
              </span>
            </label>
          ))}
        </fieldset>
        {action.trouble !== null && <TroubleNote trouble={action.trouble} />}
        <div class="dialog-foot">
          <button data-kind="primary" disabled={action.isBusy || scopes.length === 0}>
            Make the key
          </button>
        </div>
      </form>
    </Dialog>
  );
}
