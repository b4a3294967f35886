import { useState } from 'preact/hooks';
import type { Alert } from '../../client/index.ts';
import { allOf, api } from '../data/api.ts';
import { listSeries, PAGE } from '../data/catalog.ts';
import { useAction, useQuery } from '../data/use-query.ts';
import { ago } from '../format.ts';
import { hrefOf } from '../router.ts';
import { DataTable, type Column } from '../ui/data-table.tsx';
import { Confirm } from '../ui/dialog.tsx';
import { Icon } from '../ui/icons.tsx';
import { METRIC_TITLES, writeMetric } from '../ui/metric-titles.ts';
import { PageHead } from '../ui/page.tsx';
import { Badge, Card, Empty, Loaded, TroubleNote } from '../ui/parts.tsx';
import { AlertForm } from './alert-form.tsx';

const POLL_MS = 15_000;

async function load() {
  const [alerts, series] = await Promise.all([
    allOf((cursor) =>
      api.call('GET /v1/alerts', { query: { limit: PAGE, ...(cursor === undefined ? {} : { cursor }) } }),
    ),
    listSeries().catch(() => []),
  ]);
  return { alerts, series };
}

type Asking = { readonly kind: 'make' } | { readonly kind: 'change' | 'delete'; readonly alert: Alert };

/** Numbers that somebody is told of when they are not what they should be. */
export function Alerts() {
  const [asking, setAsking] = useState<Asking | null>(null);
  const query = useQuery('alerts', load, POLL_MS);
  const action = useAction(query.reload);
  const end = (): void => setAsking(null);
  const remove = async ({ id }: Alert): Promise<void> => {
    end();
    await action.run(() => api.call('DELETE /v1/alerts/{alert}', { params: { alert: id } }));
  };
  const make = (
    <button type="button" data-kind="primary" onClick={() => setAsking({ kind: 'make' })}>
      <Icon name="plus" /> New alert
    </button>
  );
  return (
    <>
      <PageHead
        title="Alerts"
        lead="Looked at each minute, told by webhook as alert.fired and alert.resolved."
        tools={make}
      />
      {action.trouble !== null && <TroubleNote trouble={action.trouble} />}
      <Loaded query={query} height={240}>
        {({ alerts, series }) => (
          <>
            <Card title="Rules" note={<WhoHears />} isBare>
              {alerts.length === 0 ? (
                <Empty icon="alerts" title="No alerts yet">
                  Make one for what must not go unnoticed: rebuffering above 2 %, startup failures, a completion rate
                  that falls.
                </Empty>
              ) : (
                <DataTable
                  caption="Alerts"
                  columns={columnsOf(new Map(series.map(({ id, title }) => [id, title])), action, setAsking)}
                  rows={alerts}
                  rowKey={({ id }) => id}
                />
              )}
            </Card>
            {asking !== null && asking.kind !== 'delete' && (
              <AlertForm
                alert={asking.kind === 'change' ? asking.alert : null}
                series={series}
                onClose={end}
                onDone={() => {
                  end();
                  query.reload();
                }}
              />
            )}
          </>
        )}
      </Loaded>
      {asking?.kind === 'delete' && (
        <Confirm
          title={`Delete “${asking.alert.name}”?`}
          verb="Delete it"
          onYes={() => void remove(asking.alert)}
          onClose={end}
        >
          Nobody is told of this number any more.
        </Confirm>
      )}
    </>
  );
}

function WhoHears() {
  return (
    <>
      Whoever listens under <a href={hrefOf(['settings', 'webhooks'])}>Webhooks</a> is told.
    </>
  );
}

function columnsOf(
  series: ReadonlyMap<string, string>,
  action: ReturnType<typeof useAction>,
  onAsk: (asking: Asking) => void,
): readonly Column<Alert>[] {
  return [
    { name: 'Name', cell: ({ name }) => name, sortBy: ({ name }) => name },
    { name: 'State', cell: (alert) => <AlertState alert={alert} /> },
    { name: 'Rule', cell: (alert) => ruleText(alert) },
    { name: 'Of what', cell: (alert) => scopeText(alert, series) },
    {
      name: 'Last value',
      isNumber: true,
      cell: ({ metric, lastValue }) => writeMetric(metric, lastValue),
    },
    { name: 'Last told', cell: ({ lastFiredAt }) => (lastFiredAt === null ? 'Never' : ago(lastFiredAt)) },
    {
      name: '',
      help: 'Actions',
      cell: (alert) => <AlertActions alert={alert} action={action} onAsk={onAsk} />,
    },
  ];
}

function AlertActions({
  alert,
  action,
  onAsk,
}: {
  readonly alert: Alert;
  readonly action: ReturnType<typeof useAction>;
  readonly onAsk: (asking: Asking) => void;
}) {
  const { id, name, enabled } = alert;
  const change = { params: { alert: id }, body: { enabled: !enabled } };
  return (
    <div class="actions">
      <button
        type="button"
        disabled={action.isBusy}
        onClick={() => void action.run(() => api.call('PATCH /v1/alerts/{alert}', change))}
      >
        {enabled ? 'Turn off' : 'Turn on'}
        <span class="visually-hidden"> {name}</span>
      </button>
      <button type="button" onClick={() => onAsk({ kind: 'change', alert })}>
        Change<span class="visually-hidden"> {name}</span>
      </button>
      <button type="button" data-kind="danger" onClick={() => onAsk({ kind: 'delete', alert })}>
        Delete<span class="visually-hidden"> {name}</span>
      </button>
    </div>
  );
}

function AlertState({ alert: { enabled, state, firingSince } }: { readonly alert: Alert }) {
  if (!enabled) return <Badge>Off</Badge>;
  return state === 'firing' ? (
    <Badge tone="bad">Firing, since {ago(firingSince)}</Badge>
  ) : (
    <Badge tone="good">All is well</Badge>
  );
}

function ruleText({ metric, comparison, threshold, minViews, windowMinutes }: Alert): string {
  const limit = `${METRIC_TITLES[metric] ?? metric} ${comparison} ${writeMetric(metric, threshold)}`;
  return `${limit}, of ${minViews} views or more in ${windowMinutes} min`;
}

function scopeText({ scope }: Alert, series: ReadonlyMap<string, string>) {
  if (scope === null) return 'All series';
  if ('seriesId' in scope)
    return <a href={hrefOf(['series', scope.seriesId])}>{series.get(scope.seriesId) ?? scope.seriesId}</a>;
  return <a href={hrefOf(['episodes', scope.episodeId])}>One episode</a>;
}
