import { useState } from 'preact/hooks';
import type { Alert, AlertInput, Series } from '../../client/index.ts';
import { api } from '../data/api.ts';
import { useAction } from '../data/use-query.ts';
import { Field } from '../ui/controls.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { METRIC_TITLES, metricUnit } from '../ui/metric-titles.ts';
import { TroubleNote } from '../ui/parts.tsx';

interface Draft {
  readonly name: string;
  readonly seriesId: string;
  readonly metric: Alert['metric'];
  readonly comparison: Alert['comparison'];
  /** As it is read: per cent of what the API has as a share. */
  readonly threshold: number;
  readonly minViews: number;
  readonly windowMinutes: number;
  readonly coolDownMinutes: number;
}

const NEW: Draft = {
  name: '',
  seriesId: '',
  metric: 'rebufferPercentage',
  comparison: 'above',
  threshold: 2,
  minViews: 100,
  windowMinutes: 60,
  coolDownMinutes: 60,
};

function draftOf(alert: Alert | null): Draft {
  if (alert === null) return NEW;
  const { scope } = alert;
  const seriesId = scope !== null && 'seriesId' in scope ? scope.seriesId : '';
  return { ...alert, seriesId, threshold: alert.threshold * metricUnit(alert.metric).factor };
}

export function AlertForm({
  alert,
  series,
  onDone,
  onClose,
}: {
  readonly alert: Alert | null;
  readonly series: readonly Series[];
  readonly onDone: () => void;
  readonly onClose: () => void;
}) {
  const [draft, setDraft] = useState(() => draftOf(alert));
  const action = useAction(onDone);
  const set = (change: Partial<Draft>): void => setDraft({ ...draft, ...change });
  const submit = (event: Event): void => {
    event.preventDefault();
    const body = inputOf(draft, alert);
    void action.run(() =>
      alert === null
        ? api.call('POST /v1/alerts', { body })
        : api.call('PATCH /v1/alerts/{alert}', { params: { alert: alert.id }, body }),
    );
  };
  const isOfEpisode = alert?.scope != null && 'episodeId' in alert.scope;
  return (
    <Dialog title={alert === null ? 'New alert' : 'Change the alert'} onClose={onClose}>
      <form class="form" onSubmit={submit}>
        <Field label="Name">
          <input
            value={draft.name}
            onInput={(event) => set({ name: event.currentTarget.value })}
            required
            maxLength={100}
          />
        </Field>
        {!isOfEpisode && (
          <Field label="Of what">
            <select value={draft.seriesId} onChange={(event) => set({ seriesId: event.currentTarget.value })}>
              <option value="">All series</option>
              {series.map(({ id, title }) => (
                <option key={id} value={id} selected={id === draft.seriesId}>
                  {title}
                </option>
              ))}
            </select>
          </Field>
        )}
        <RuleFields draft={draft} onSet={set} />
        {action.trouble !== null && <TroubleNote trouble={action.trouble} />}
        <div class="dialog-foot">
          <button data-kind="primary" disabled={action.isBusy}>
            {alert === null ? 'Make it' : 'Save'}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function RuleFields({ draft, onSet }: { readonly draft: Draft; readonly onSet: (change: Partial<Draft>) => void }) {
  const number = (name: 'threshold' | 'minViews' | 'windowMinutes' | 'coolDownMinutes', min: number, step: string) => (
    <input
      type="number"
      min={min}
      step={step}
      value={draft[name]}
      onInput={(event) => onSet({ [name]: event.currentTarget.valueAsNumber })}
      required
    />
  );
  return (
    <>
      <div class="form-row">
        <Field label="Number">
          <select
            value={draft.metric}
            onChange={(event) => onSet({ metric: event.currentTarget.value as Alert['metric'] })}
          >
            {ALERT_METRICS.map(([name, title]) => (
              <option key={name} value={name} selected={name === draft.metric}>
                {title}
              </option>
            ))}
          </select>
        </Field>
        <Field label="Is">
          <select
            value={draft.comparison}
            onChange={(event) => onSet({ comparison: event.currentTarget.value === 'below' ? 'below' : 'above' })}
          >
            <option value="above">above</option>
            <option value="below" selected={draft.comparison === 'below'}>
              below
            </option>
          </select>
        </Field>
        <Field label={`This${metricUnit(draft.metric).name}`}>{number('threshold', 0, 'any')}</Field>
      </div>
      <div class="form-row">
        <Field label="Of at least, views">{number('minViews', 1, '1')}</Field>
        <Field label="Within, minutes">{number('windowMinutes', 60, '1')}</Field>
        <Field label="Told again after, minutes">{number('coolDownMinutes', 1, '1')}</Field>
      </div>
    </>
  );
}

/** Those of views; the numbers of a series' sessions are not watched. */
const SESSION_METRICS: ReadonlySet<string> = new Set([
  'nextEpisodeRate',
  'cliffhangerHold',
  'paywallConversion',
  'preloadWaste',
]);
const ALERT_METRICS = Object.entries(METRIC_TITLES).filter(([name]) => !SESSION_METRICS.has(name));

function inputOf({ seriesId, threshold, ...rest }: Draft, alert: Alert | null): AlertInput {
  const { name, metric, comparison, minViews, windowMinutes, coolDownMinutes } = rest;
  const isOfEpisode = alert?.scope != null && 'episodeId' in alert.scope;
  return {
    name,
    metric,
    comparison,
    minViews,
    windowMinutes,
    coolDownMinutes,
    threshold: threshold / metricUnit(metric).factor,
    ...(isOfEpisode ? {} : { scope: seriesId === '' ? null : { seriesId } }),
  };
}
