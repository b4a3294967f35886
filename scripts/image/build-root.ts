/**
 * Runs a Dockerfile's stages without Docker: each on a clean Debian made by debootstrap, its RUN lines by chroot, as root.
 * The base image's own Node is put in as it has it: the pinned binary, and the npm that is on this machine.
 */
import { cpSync, existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { inRoot } from '../lib/paths.ts';
import { runCommand } from '../lib/run.ts';
import { UserError } from '../lib/user-error.ts';
import { type Instruction, pairsOf, type Stage } from './dockerfile.ts';

export interface BuiltRoot {
  readonly root: string;
  readonly env: Readonly<Record<string, string>>;
  readonly workDir: string;
  /** `uid:gid`. */
  readonly user: string;
  readonly command: readonly string[];
  readonly healthCheck: string;
}

const MIRROR = 'http://deb.debian.org/debian';

/** A clean Debian of the suite that `node:22-<suite>-slim` names; made once and kept. */
export async function baseRoot(image: string, cache: string): Promise<string> {
  const suite = /^node:\d+-(\w+)-slim$/.exec(image)?.[1];
  if (suite === undefined) throw new UserError(`${image} is not a base that can be made here.`);
  const root = path.join(cache, suite);
  if (existsSync(path.join(root, '.done'))) return root;
  rmSync(root, { recursive: true, force: true });
  mkdirSync(root, { recursive: true });
  await must('debootstrap', ['--variant=minbase', suite, root, MIRROR]);
  cpSync(inRoot('node_modules/node/bin/node'), path.join(root, 'usr/local/bin/node'));
  const npm = (await must('npm', ['root', '-g'])).trim().split('\n').at(-1) ?? '';
  cpSync(path.join(npm, 'npm'), path.join(root, 'usr/local/lib/node_modules/npm'), { recursive: true });
  await must('ln', ['-s', '../lib/node_modules/npm/bin/npm-cli.js', path.join(root, 'usr/local/bin/npm')]);
  await must('touch', [path.join(root, '.done')]);
  return root;
}

export async function buildStage(
  stage: Stage,
  base: string,
  built: ReadonlyMap<string, string>,
  at: string,
): Promise<BuiltRoot> {
  await must('cp', ['-a', base, at]);
  // As Docker does it: the names of this machine's network, not a part of the image.
  await must('cp', ['-L', '/etc/resolv.conf', path.join(at, 'etc/resolv.conf')]);
  const ca = process.env['NODE_EXTRA_CA_CERTS'];
  // A network that signs for others, as some offices have: npm must know of it too. Only while RUN lines run.
  if (ca !== undefined && existsSync(ca)) cpSync(ca, path.join(at, EXTRA_CA), { dereference: true });
  const state = {
    env: {} as Record<string, string>,
    workDir: '/',
    user: '0:0',
    command: [] as string[],
    healthCheck: '',
  };
  for (const instruction of stage.instructions) await apply(instruction, state, at, built);
  rmSync(path.join(at, EXTRA_CA), { force: true });
  return { root: at, ...state };
}

interface BuildState {
  env: Record<string, string>;
  workDir: string;
  user: string;
  command: string[];
  healthCheck: string;
}

async function apply(
  { name, value, line }: Instruction,
  state: BuildState,
  root: string,
  built: ReadonlyMap<string, string>,
): Promise<void> {
  switch (name) {
    case 'RUN':
      return void (await must('chroot', [
        root,
        '/usr/bin/env',
        '-C',
        state.workDir,
        ...envWords({ ...state.env, NODE_EXTRA_CA_CERTS: `/${EXTRA_CA}` }),
        'sh',
        '-ec',
        value,
      ]));
    case 'COPY':
      return copy(value, state.workDir, root, built);
    case 'WORKDIR':
      state.workDir = value;
      return void mkdirSync(path.join(root, value), { recursive: true });
    case 'ENV':
      return void Object.assign(state.env, pairsOf(value));
    case 'USER':
      return void (state.user = value);
    case 'CMD':
      return void (state.command = JSON.parse(value) as string[]);
    case 'HEALTHCHECK':
      return void (state.healthCheck = value.replace(/^.*?\bCMD\s+/, ''));
    case 'LABEL':
    case 'STOPSIGNAL':
      return;
    default:
      throw new UserError(`line ${line}: ${name} is not done here.`);
  }
}

const EXTRA_CA = 'run/extra-ca.pem';

const PATHS = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** What a program in the root gets: what the image says, and PATH. */
export function envWords(env: Readonly<Record<string, string>>): string[] {
  return [
    '-i',
    `PATH=${PATHS}`,
    'HOME=/tmp',
    'DEBIAN_FRONTEND=noninteractive',
    ...Object.entries(env).map(([name, value]) => `${name}=${value}`),
  ];
}

async function copy(value: string, workDir: string, root: string, built: ReadonlyMap<string, string>): Promise<void> {
  const words = value.split(/\s+/);
  const from = words[0]?.startsWith('--from=') ? words.shift()?.slice('--from='.length) : undefined;
  const target = words.pop() ?? '';
  const into = path.join(root, path.resolve(workDir, target));
  for (const source of words) {
    const file = from === undefined ? inRoot(source) : path.join(built.get(from) ?? '', source);
    // A folder's contents go into the target; a file goes into one that ends with a slash, or becomes it.
    const isInto = statSync(file).isFile() && /(?:^|\/)\.?\/?$/.test(target);
    const to = isInto ? path.join(into, path.basename(file)) : into;
    mkdirSync(path.dirname(to), { recursive: true });
    cpSync(file, to, { recursive: true });
  }
}

async function must(command: string, args: readonly string[]): Promise<string> {
  const { code, output } = await runCommand(command, args);
  if (code !== 0)
    throw new UserError(`\`${command} ${args.join(' ').slice(0, 200)}\` failed:\n${output.slice(-2_000)}`);
  return output;
}
