/**
 * Two (or more) network namespaces: one for the server, one for each client, each joined to the server's by a link
 * emulator of its own. Named after this process, so that what a dead run has left is known and removed.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { inRoot } from '../../../scripts/lib/paths.ts';
import { onPath } from '../../load.ts';
import { type Counts, type Link, queueBytes, type Rig, type Shape } from './link.ts';

const PREFIX = 'chb';
/**
 * Between the kernel and the emulator, which has a queue of its own: a burst has to find room here while the emulator waits
 * for the processor. With 10 a third of the packets were sent again at 200 Mbit/s, each last one after 0.2 s.
 */
const DEVICE_QUEUE_PACKETS = 1_000;

/** Why there can be no namespaces here; null where they can. */
export function whyNoNamespaces(): string | null {
  if (process.platform !== 'linux') return 'it needs Linux';
  if (process.getuid?.() !== 0) return 'it needs root';
  if (!existsSync('/dev/net/tun')) return 'there is no /dev/net/tun';
  if (onPath('ip') === null) return 'ip (iproute2) is not installed';
  if (compiler() === null) return 'no C compiler is installed';
  try {
    ip('netns', 'add', `${PREFIX}-${process.pid}-try`);
    ip('netns', 'delete', `${PREFIX}-${process.pid}-try`);
    return null;
  } catch {
    return 'network namespaces are not allowed';
  }
}

export async function openNamespaces(clients: number): Promise<Rig> {
  removeLeftovers();
  const folder = mkdtempSync(path.join(tmpdir(), 'cliffhanger-link-'));
  const [emulator, server] = [compile(folder), `${PREFIX}-${process.pid}-server`];
  const links: EmulatedLink[] = [];
  const stop = (): void => {
    for (const link of links) link.close();
    removeNamespaces(process.pid);
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', stop);
  addNamespace(server);
  const congestion = tuneSender(server);
  for (let n = 0; n < clients; n++) links.push(await EmulatedLink.open(emulator, server, n));
  return {
    kind: 'emulator',
    note: `network namespaces, link emulator of our own (TUN), real TCP (${congestion})`,
    links,
    atServer: (command) => inNamespace(server, command),
    serve: async () => undefined,
    lostPackets: () =>
      [server, ...links.map(({ namespace }) => namespace)].reduce((sum, each) => sum + lostIn(each), 0),
    stop: async () => {
      process.off('exit', stop);
      stop();
    },
  };
}

class EmulatedLink implements Link {
  readonly serverAddress: string;
  readonly namespace: string;
  readonly #process: ChildProcess;
  readonly #waiting: PromiseWithResolvers<string>[] = [];
  readonly #made: Promise<void>;

  private constructor(emulator: string, server: string, n: number) {
    this.namespace = `${PREFIX}-${process.pid}-client${n}`;
    this.serverAddress = `10.91.${n}.2`;
    const devices = [`${PREFIX}${process.pid}${n}c`, `${PREFIX}${process.pid}${n}s`] as const;
    addNamespace(this.namespace);
    this.#process = spawn(emulator, devices, { stdio: ['pipe', 'pipe', 'inherit'] });
    if (this.#process.stdout === null) throw new Error('The emulator has no output.');
    createInterface(this.#process.stdout).on('line', (line) => this.#waiting.shift()?.resolve(line));
    const ended = new Error('The link emulator has ended.');
    this.#process.once('error', (error) => this.#waiting.shift()?.reject(error));
    this.#process.once('exit', () => this.#waiting.shift()?.reject(ended));
    this.#made = this.#answer().then(() => {
      place(devices[0], this.namespace, `10.91.${n}.1/30`);
      place(devices[1], server, `${this.serverAddress}/30`);
    });
  }

  static async open(emulator: string, server: string, n: number): Promise<EmulatedLink> {
    const link = new EmulatedLink(emulator, server, n);
    await link.#made;
    return link;
  }

  shape(shape: Shape): void {
    const oneWayMicroseconds = (shape.rttMs * 1_000) / 2;
    this.#say(`shape ${shape.megabitsPerSecond * 1e6} ${oneWayMicroseconds} ${queueBytes(shape)}`);
  }

  async count(): Promise<Counts> {
    const answer = this.#answer();
    this.#say('count');
    const [toServerBytes = 0, toClientBytes = 0, droppedPackets = 0, underWayBytes = 0] = (await answer)
      .split(' ')
      .map(Number);
    return { toClientBytes, toServerBytes, droppedPackets, underWayBytes };
  }

  atClient(command: readonly string[]): readonly string[] {
    return inNamespace(this.namespace, command);
  }

  close(): void {
    this.#process.kill();
  }

  #say(line: string): void {
    this.#process.stdin?.write(`${line}\n`);
  }

  #answer(): Promise<string> {
    const answer = Promise.withResolvers<string>();
    this.#waiting.push(answer);
    return answer.promise;
  }
}

/** The server's TCP as a delivery network would have it: no more in the socket than can leave soon, or what is asked for next would wait behind it. */
function tuneSender(server: string): string {
  const set = (name: string, value: string): void =>
    void execFileSync('ip', ['netns', 'exec', server, 'sh', '-c', `echo ${value} > /proc/sys/net/ipv4/${name}`], {
      stdio: 'ignore',
    });
  const attempt = (name: string, value: string): boolean => {
    try {
      set(name, value);
      return true;
    } catch {
      return false;
    }
  };
  const low = attempt('tcp_notsent_lowat', '16384') ? 'tcp_notsent_lowat 16384' : 'tcp_notsent_lowat not to be set';
  return `${attempt('tcp_congestion_control', 'bbr') ? 'bbr' : 'cubic'}, ${low}`;
}

function addNamespace(name: string): void {
  ip('netns', 'add', name);
  ip('-n', name, 'link', 'set', 'lo', 'up');
}

function place(device: string, namespace: string, address: string): void {
  ip('link', 'set', device, 'netns', namespace);
  ip('-n', namespace, 'address', 'add', address, 'dev', device);
  ip('-n', namespace, 'link', 'set', device, 'txqueuelen', String(DEVICE_QUEUE_PACKETS), 'up');
}

/** What did not fit between the kernel and the emulator. */
function lostIn(namespace: string): number {
  const links = JSON.parse(ip('-n', namespace, '-json', '-statistics', 'link', 'show')) as readonly {
    readonly ifname: string;
    readonly stats64: { readonly tx: { readonly dropped: number } };
  }[];
  const ours = links.filter(({ ifname }) => ifname.startsWith(PREFIX));
  return ours.reduce((sum, { stats64 }) => sum + stats64.tx.dropped, 0);
}

function inNamespace(name: string, command: readonly string[]): readonly string[] {
  return ['ip', 'netns', 'exec', name, ...command];
}

/** Of runs that are no more. Whatever still lives in them was theirs. */
function removeLeftovers(): void {
  for (const name of namespaces()) {
    const pid = Number(new RegExp(`^${PREFIX}-([0-9]+)-`).exec(name)?.[1] ?? Number.NaN);
    if (!Number.isNaN(pid) && !existsSync(`/proc/${pid}`)) removeNamespaces(pid);
  }
}

function removeNamespaces(pid: number): void {
  for (const name of namespaces().filter((each) => each.startsWith(`${PREFIX}-${pid}-`))) {
    for (const inside of ip('netns', 'pids', name).split('\n').filter(Boolean)) {
      try {
        process.kill(Number(inside), 'SIGKILL');
      } catch {
        // It has ended by itself.
      }
    }
    ip('netns', 'delete', name);
  }
}

function namespaces(): string[] {
  return ip('netns', 'list')
    .split('\n')
    .map((line) => line.split(' ')[0] ?? '');
}

function ip(...args: string[]): string {
  return execFileSync('ip', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

function compiler(): string | null {
  return onPath('cc') ?? onPath('gcc') ?? onPath('clang');
}

function compile(folder: string): string {
  const target = path.join(folder, 'emulator');
  execFileSync(compiler() ?? 'cc', ['-O2', '-o', target, inRoot('bench', 'startup', 'link', 'emulator.c')]);
  return target;
}
