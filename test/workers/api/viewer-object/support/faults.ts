/** The object's storage, whose SQL breaks off at one statement. */
export function breakingAt(
  storage: DurableObjectStorage,
  breakAt: number,
  counted: { statements: number },
): DurableObjectStorage {
  const exec = (...parameters: Parameters<SqlStorage['exec']>) => {
    if (counted.statements++ === breakAt) throw new Error('broken off');
    return storage.sql.exec(...parameters);
  };
  return {
    sql: { exec },
    transactionSync: <T>(run: () => T) => storage.transactionSync(run),
  } as unknown as DurableObjectStorage;
}
