import type { Merged } from '#shared/viewer/rpc.ts';

/** The answer to whatever would change a viewer who is not there any more, merged or erased; null for one who is. */
export function merged(sql: SqlStorage): Merged | null {
  const [gone] = sql
    .exec<{ target: string | null }>('SELECT target FROM merge_out UNION ALL SELECT NULL FROM erasure')
    .toArray();
  return gone === undefined ? null : { outcome: 'merged', into: gone.target };
}
