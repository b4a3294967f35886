import { randomUUID } from 'node:crypto';
import { choiceOption, numberOption, textOption, UsageError, withoutUndefined, type Command } from '../command.ts';
import { table } from '../output.ts';

const SCOPES = ['episode', 'season', 'series', 'all'] as const;

export const viewerCommands: readonly Command[] = [
  {
    name: 'token',
    summary: 'A viewer token',
    args: ['<viewer>'],
    options: {
      ttl: { type: 'string', value: '<seconds>', help: 'how long it opens; 6 h unless said, a day at most' },
      series: { type: 'string', value: '<id or slug>', help: 'only this series' },
    },
    async run({ client, args: [viewerId = ''], options, out }) {
      const limits = withoutUndefined({
        ttlSeconds: numberOption(options, 'ttl'),
        series: textOption(options, 'series'),
      });
      const token = await client.call('POST /v1/viewer-tokens', { body: { viewerId, ...limits } });
      // The token alone, so that $(cliffhanger token …) is one.
      out.result(token, [token.token]);
      return undefined;
    },
  },
  {
    name: 'grant',
    summary: 'Access that is given, not paid',
    args: ['<viewer>'],
    options: {
      scope: { type: 'string', value: SCOPES.join('|'), help: '`all` unless said' },
      id: { type: 'string', value: '<id>', help: 'of the episode, season or series' },
      pass: { type: 'string', value: '<name>', help: 'a pass product, e.g. vip' },
      'expires-at': { type: 'string', value: '<time>', help: 'ISO 8601' },
    },
    examples: ['cliffhanger grant viewer-1 --pass vip --expires-at 2027-01-01T00:00:00Z'],
    async run({ client, args: [viewerId = ''], options, out }) {
      const scope = choiceOption(options, 'scope', SCOPES) ?? 'all';
      const optional = withoutUndefined({
        id: textOption(options, 'id'),
        pass: textOption(options, 'pass'),
        expiresAt: textOption(options, 'expires-at'),
      });
      const grant = await client.call('POST /v1/viewers/{viewerId}/grants', {
        params: { viewerId },
        body: { scope, ...optional },
      });
      const what = [grant.scope, grant.targetId, grant.pass].filter((part) => part !== null).join(' ');
      out.result(grant, [`${grant.id}: ${what}, until ${grant.expiresAt ?? 'it is taken away'}`]);
      return undefined;
    },
  },
  {
    name: 'credit',
    summary: 'Coins for a viewer',
    args: ['<viewer>', '<coins>'],
    options: {
      kind: { type: 'string', value: 'paid|bonus', help: '`bonus` unless said' },
      reference: { type: 'string', value: '<text>', help: 'your name for the payment; one credit for each' },
      'expires-at': { type: 'string', value: '<time>', help: 'ISO 8601' },
      'idempotency-key': { type: 'string', value: '<key>', help: 'the same for every repetition of one credit' },
    },
    examples: ['cliffhanger credit viewer-1 100 --kind paid --reference order-4711'],
    async run({ client, args: [viewerId = '', amount = ''], options, out }) {
      const coins = Number(amount);
      if (!/^[0-9]+$/.test(amount)) throw new UsageError(`"${amount}" is no whole number of coins.`);
      const optional = withoutUndefined({
        reference: textOption(options, 'reference'),
        expiresAt: textOption(options, 'expires-at'),
      });
      const credit = await client.call('POST /v1/viewers/{viewerId}/credits', {
        params: { viewerId },
        body: { coins, kind: choiceOption(options, 'kind', ['paid', 'bonus'] as const) ?? 'bonus', ...optional },
        idempotencyKey: textOption(options, 'idempotency-key') ?? randomUUID(),
      });
      const { wallet } = credit;
      const rows = table([
        ['credit', credit.id],
        ['coins', `+${credit.coins} ${credit.kind}`],
        ['wallet', `${wallet.coins} (${wallet.paid} paid, ${wallet.bonus} bonus)`],
      ]);
      out.result(credit, rows);
      return undefined;
    },
  },
];
