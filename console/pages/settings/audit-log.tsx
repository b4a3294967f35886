import type { AuditLogEntry } from '../../../client/index.ts';
import { api } from '../../data/api.ts';
import { useQuery } from '../../data/use-query.ts';
import { time } from '../../format.ts';
import { DataTable, type Column } from '../../ui/data-table.tsx';
import { Badge, Card, Empty, Loaded } from '../../ui/parts.tsx';

const COLUMNS: readonly Column<AuditLogEntry>[] = [
  { name: 'When', cell: ({ at }) => <span class="nowrap">{time(at)}</span> },
  { name: 'Key', cell: ({ apiKeyId }) => <span class="mono small">{apiKeyId}</span> },
  { name: 'Call', cell: ({ route }) => <span class="mono small">{route}</span> },
  { name: 'Of what', cell: ({ target }) => <span class="mono small">{target}</span> },
  { name: 'Outcome', cell: ({ status }) => <Badge tone={status < 400 ? 'good' : 'bad'}>{status}</Badge> },
];

export function AuditLog() {
  const query = useQuery('audit', () => api.call('GET /v1/audit-log', { query: { limit: 100 } }));
  return (
    <Card
      title="Audit log"
      note="Every call that may have changed something, the newest 100. Kept for 400 days."
      isBare
    >
      <Loaded query={query} height={320}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="Nothing was done yet">Calls that change something appear here.</Empty>
          ) : (
            <DataTable caption="Audit log, the newest first" columns={COLUMNS} rows={items} rowKey={({ id }) => id} />
          )
        }
      </Loaded>
    </Card>
  );
}
