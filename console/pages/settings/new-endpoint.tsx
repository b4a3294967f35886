import { useState } from 'preact/hooks';
import type { ShownWebhookEndpoint, WebhookEndpoint } from '../../../client/index.ts';
import { WEBHOOK_EVENT_TYPES } from '../../../core/webhooks/events.ts';
import { api } from '../../data/api.ts';
import { useAction } from '../../data/use-query.ts';
import { Field } from '../../ui/controls.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TroubleNote } from '../../ui/parts.tsx';

type EventName = WebhookEndpoint['events'][number];

export function NewEndpoint({
  onMade,
  onClose,
}: {
  readonly onMade: (endpoint: ShownWebhookEndpoint) => void;
  readonly onClose: () => void;
}) {
  const [url, setUrl] = useState('');
  const [description, setDescription] = useState('');
  const [events, setEvents] = useState<readonly EventName[]>([]);
  const action = useAction();
  const toggle = (name: EventName): void =>
    setEvents(events.includes(name) ? events.filter((each) => each !== name) : [...events, name]);
  const body = {
    url,
    ...(description === '' ? {} : { description }),
    ...(events.length === 0 ? {} : { events }),
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    void action.run(async () => onMade(await api.call('POST /v1/webhook-endpoints', { body })));
  };
  return (
    <Dialog title="New webhook endpoint" onClose={onClose}>
      <form class="form" onSubmit={submit}>
        <Field label="URL" hint="Public https. It is asked with a POST.">
          <input
            type="url"
            value={url}
            onInput={(event) => setUrl(event.currentTarget.value)}
            placeholder="https://…"
            required
          />
        </Field>
        <Field label="Description">
          <input value={description} onInput={(event) => setDescription(event.currentTarget.value)} maxLength={200} />
        </Field>
        <fieldset class="field">
          <legend>Events (none chosen: all of them)</legend>
          <div class="checks">
            {WEBHOOK_EVENT_TYPES.map((name) => (
              <label class="check" key={name}>
                <input type="checkbox" checked={events.includes(name)} onChange={() => toggle(name)} />
                {name}
              </label>
            ))}
          </div>
        </fieldset>
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
