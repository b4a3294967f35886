import { UserError } from '../lib/user-error.ts';
import { jsonIn, type Wrangler } from './wrangler.ts';

export interface Account {
  readonly id: string;
  readonly name: string;
}

/** The account to deploy to: the only one, or the one that CLOUDFLARE_ACCOUNT_ID names. */
export async function findAccount(wrangler: Wrangler, env: NodeJS.ProcessEnv): Promise<Account> {
  const { code, output } = await wrangler(['whoami', '--json']);
  if (code !== 0) {
    throw new UserError(
      'wrangler is not logged in. Run `npx wrangler login`, or set CLOUDFLARE_API_TOKEN, and deploy again.',
    );
  }
  const accounts = (jsonIn(output) as { accounts?: Account[] } | null)?.accounts ?? [];
  const wanted = env['CLOUDFLARE_ACCOUNT_ID'];
  const account = wanted === undefined ? accounts[0] : accounts.find(({ id }) => id === wanted);
  if (account === undefined) {
    throw new UserError(`This login has no ${wanted === undefined ? 'account' : `account ${wanted}`}.`);
  }
  if (wanted === undefined && accounts.length > 1) {
    const list = accounts.map(({ id, name }) => `  ${id}  ${name}`).join('\n');
    throw new UserError(`This login has several accounts. Set CLOUDFLARE_ACCOUNT_ID to one of them:\n${list}`);
  }
  return account;
}
