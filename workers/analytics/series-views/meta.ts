/** Single values of an object, by name. */
export type MetaName =
  | 'catalogue'
  | 'series'
  | 'unpublished'
  | 'survivalAt'
  | 'closedBefore'
  | 'weeksClosedBefore'
  | 'viewsFrom'
  | 'hoursFrom';

export function readMeta(sql: SqlStorage, name: MetaName): string | null {
  return sql.exec<{ value: string }>('SELECT value FROM meta WHERE name = ?', name).toArray()[0]?.value ?? null;
}

/** A value that is the same is no row written. */
export function writeMeta(sql: SqlStorage, name: MetaName, value: string): void {
  sql.exec(
    `INSERT INTO meta (name, value) VALUES (?, ?)
     ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE meta.value <> excluded.value`,
    name,
    value,
  );
}
