import { parseArgs } from 'node:util';
import { UserError } from '../../scripts/lib/user-error.ts';
import { type Network, NETWORKS } from './networks.ts';

export interface Options {
  readonly part: 'starts' | 'session' | 'unlock' | 'self-test';
  readonly networks: readonly Network[] | null;
  readonly runs: number;
  readonly swipes: number;
  readonly peerSwipes: number;
  readonly memorySwipes: number;
  /** One network after the other: truer on few cores, and twice as long. */
  readonly isSerial: boolean;
  readonly seed: number;
  /** Words of the names of those who start; null: everybody. */
  readonly only: readonly string[] | null;
  /** Only the deep links. */
  readonly isLinksOnly: boolean;
  /** Also when a start did what. */
  readonly hasTimeline: boolean;
}

export function readOptions(args: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      'self-test': { type: 'boolean', default: false },
      networks: { type: 'string' },
      runs: { type: 'string', default: '10' },
      swipes: { type: 'string', default: '100' },
      'peer-swipes': { type: 'string', default: '12' },
      'memory-swipes': { type: 'string', default: '300' },
      serial: { type: 'boolean', default: false },
      seed: { type: 'string', default: '20261123' },
      only: { type: 'string' },
      links: { type: 'boolean', default: false },
      timeline: { type: 'boolean', default: false },
    },
  });
  const names = values.networks?.split(',') ?? null;
  return {
    part: values['self-test'] ? 'self-test' : partNamed(positionals[0]),
    networks: names === null ? null : names.map(networkNamed),
    runs: Number(values.runs),
    swipes: Number(values.swipes),
    peerSwipes: Number(values['peer-swipes']),
    memorySwipes: Number(values['memory-swipes']),
    isSerial: values.serial,
    seed: Number(values.seed),
    only: values.only?.split(',') ?? null,
    isLinksOnly: values.links,
    hasTimeline: values.timeline,
  };
}

function partNamed(name: string | undefined): 'starts' | 'session' | 'unlock' {
  return name === 'session' || name === 'unlock' ? name : 'starts';
}

function networkNamed(name: string): Network {
  const network = NETWORKS.find((each) => each.name === name);
  if (network === undefined) throw new UserError(`--networks takes ${NETWORKS.map((each) => each.name).join(', ')}.`);
  return network;
}
