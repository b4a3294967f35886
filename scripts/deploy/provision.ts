/** Makes what is missing in the account; what is there stays as it is. */
import { UserError } from '../lib/user-error.ts';
import type { Plan } from './plan.ts';
import { jsonIn, type Wrangler } from './wrangler.ts';

/** Resolves to the database's id. */
export async function provision(wrangler: Wrangler, plan: Plan): Promise<string> {
  await ensureNamed(wrangler, ['r2', 'bucket'], plan.buckets);
  await ensureNamed(wrangler, ['queues'], plan.queues);
  const found = await findDatabase(wrangler, plan.database);
  if (found !== null) return found;
  await must(wrangler, ['d1', 'create', plan.database]);
  const made = await findDatabase(wrangler, plan.database);
  if (made === null)
    throw new UserError(`The database ${plan.database} was created, but the account does not list it.`);
  return made;
}

async function findDatabase(wrangler: Wrangler, name: string): Promise<string | null> {
  const databases = jsonIn(await must(wrangler, ['d1', 'list', '--json'])) as { name: string; uuid: string }[] | null;
  return databases?.find((database) => database.name === name)?.uuid ?? null;
}

async function ensureNamed(wrangler: Wrangler, command: readonly string[], names: readonly string[]): Promise<void> {
  const listed = await must(wrangler, [...command, 'list']);
  // A table for people: a name is there when it stands between blanks or lines.
  const words = new Set(listed.split(/[\s│|]+/));
  for (const name of names) {
    if (!words.has(name)) await must(wrangler, [...command, 'create', name]);
  }
}

async function must(wrangler: Wrangler, args: readonly string[]): Promise<string> {
  const { code, output } = await wrangler(args);
  if (code !== 0) throw new UserError(`\`wrangler ${args.join(' ')}\` failed:\n${output.trim()}`);
  return output;
}
