/** What a hostile file could make ffmpeg do, it cannot: no network, no secret, no more memory than it may. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { planCapacity, thisMachine } from '../../transcoder/capacity.ts';
import { runProcess, type ProcessOutcome } from '../../transcoder/run-process.ts';
import { childLimits } from '../../transcoder/sandbox/child-limits.ts';
import { confineChildren } from '../../transcoder/sandbox/confine.ts';
import { findSandbox } from '../../transcoder/sandbox/find-sandbox.ts';
import { seccompFilter } from '../../transcoder/sandbox/seccomp-filter.ts';
import { ffmpegBinaries, scratch } from './clips.ts';

const { ffmpegPath } = ffmpegBinaries();
const signal = new AbortController().signal;
const sandbox = await findSandbox(ffmpegBinaries(), signal);
if (sandbox.kind === 'none')
  process.stderr.write('skipped: the sandbox, as this machine has neither way to make one\n');

let canary: Server;
let connections = 0;
beforeEach(async () => {
  connections = 0;
  canary = createServer((socket) => {
    connections++;
    socket.destroy();
  });
  await new Promise<void>((resolve) => canary.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  confineChildren([]);
  await new Promise((resolve) => canary.close(resolve));
});

const run = (command: string, args: readonly string[]): Promise<ProcessOutcome> =>
  runProcess({ command, args, cwd: '/', timeoutMs: 120_000, maxStdoutBytes: 65_536, signal });

/** What a playlist in disguise would make of an ffmpeg without whitelists. */
const connect = (): Promise<ProcessOutcome> =>
  run(ffmpegPath, [
    '-v',
    'error',
    '-i',
    `tcp://127.0.0.1:${(canary.address() as AddressInfo).port}`,
    '-f',
    'null',
    '-',
  ]);

describe('a confined child', () => {
  it.skipIf(sandbox.kind === 'none')('that is ffmpeg reaches nobody, not even this machine', async () => {
    await connect();
    expect(connections).toBe(1);
    confineChildren(sandbox.words);
    expect((await connect()).stderrTail).toMatch(/not permitted|unreachable|denied|Input\/output/i);
    expect(connections).toBe(1);
  });

  it.skipIf(sandbox.kind === 'none')('that is ffmpeg encodes as before', async () => {
    const { dir, remove } = scratch();
    confineChildren([...(await childLimits(2 * 1024 ** 3, signal)), ...sandbox.words]);
    const args = ['-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=s=320x180:d=1', '-c:v', 'libx264', `${dir}/out.mp4`];
    const limits = { timeoutMs: 120_000, maxStdoutBytes: 65_536, signal };
    const { exitCode, stderrTail } = await runProcess({ command: ffmpegPath, args, cwd: dir, ...limits });
    remove();
    expect({ exitCode, stderrTail }).toEqual({ exitCode: 0, stderrTail: '' });
  });

  it.skipIf(sandbox.kind === 'none')('finds nothing in the environment of the service, nor its memory', async () => {
    const { dir, remove } = scratch();
    const read = (file: string, skip: number): Promise<ProcessOutcome> => {
      const args = [`if=/proc/${process.pid}/${file}`, 'bs=1', 'count=1', `skip=${skip}`, 'status=none'];
      return runProcess({ command: 'dd', args, cwd: dir, timeoutMs: 120_000, maxStdoutBytes: 4096, signal });
    };
    const memoryAt = Number.parseInt(readFileSync('/proc/self/maps', 'latin1').split('-')[0] ?? '', 16);
    expect([(await read('environ', 0)).exitCode, (await read('mem', memoryAt)).exitCode]).toEqual([0, 0]);
    confineChildren(sandbox.words);
    for (const outcome of [await read('environ', 0), await read('mem', memoryAt)]) {
      expect(outcome).toMatchObject({ exitCode: 1, stdout: '', stderrTail: expect.stringContaining('ermission') });
    }
    remove();
  });

  it('is given no variable of the service but PATH', async () => {
    process.env['A_SECRET'] = 'whsec_of-the-service';
    const { stdout } = await run('env', []);
    delete process.env['A_SECRET'];
    const names = stdout
      .trim()
      .split('\n')
      .map((line) => line.split('=')[0]);
    expect(new Set(names)).toEqual(new Set(['AV_LOG_FORCE_NOCOLOR', 'PATH']));
  });

  it.skipIf(sandbox.kind !== 'landlock')('reads what is in its own directory, and no file beside it', async () => {
    const { dir, remove } = scratch();
    mkdirSync(join(dir, 'job'));
    writeFileSync(join(dir, 'job', 'mine'), 'mine');
    writeFileSync(join(dir, 'secrets'), 'whsec_');
    confineChildren(sandbox.words);
    const limits = { timeoutMs: 120_000, maxStdoutBytes: 4096, signal };
    const args = ['-c', 'cat mine ../secrets; echo > ../left; echo > left; ls'];
    const { stdout } = await runProcess({ command: 'sh', args, cwd: join(dir, 'job'), ...limits });
    const left = existsSync(join(dir, 'left'));
    remove();
    expect({ stdout, left }).toEqual({ stdout: 'mineleft\nmine\n', left: false });
  });

  it('may not take more memory than it was given', async () => {
    const words = await childLimits(160 * 1024 ** 2, signal);
    if (words.length === 0) return;
    const taking = ['if=/dev/zero', 'of=/dev/null', 'bs=400M', 'count=1'];
    expect((await run('dd', taking)).exitCode).toBe(0);
    confineChildren(words);
    const { exitCode, stderrTail } = await run('dd', taking);
    expect({ exitCode, isMemory: /memory/i.test(stderrTail) }).toEqual({ exitCode: 1, isMemory: true });
  });
});

describe('the seccomp filter', () => {
  const X86_64 = 0xc000_003e;
  const AARCH64 = 0xc000_00b7;
  it.each([
    ['socket', X86_64, 41, 'denied'],
    ['socket', AARCH64, 198, 'denied'],
    ['socket of x32', X86_64, 0x4000_0029, 'denied'],
    ['io_uring_setup', X86_64, 425, 'denied'],
    ['ptrace', X86_64, 101, 'denied'],
    ['ptrace', AARCH64, 117, 'denied'],
    ['process_vm_readv', X86_64, 310, 'denied'],
    ['pidfd_getfd', AARCH64, 438, 'denied'],
    ['read', X86_64, 0, 'allowed'],
    ['execve', X86_64, 59, 'allowed'],
    ['openat', AARCH64, 56, 'allowed'],
    ['what is socket elsewhere', AARCH64, 41, 'allowed'],
    ['what is socket elsewhere', X86_64, 198, 'allowed'],
    ['anything of another architecture', 0x4000_0003, 1, 'denied'],
  ])('%s on %x (%i) is %s', (_, arch, number, expected) => {
    expect(verdict(seccompFilter(), arch, number)).toBe(expected);
  });
});

/** Runs classic BPF as the kernel would. */
function verdict(program: Buffer, arch: number, number: number): string {
  let at = 0;
  let loaded = 0;
  for (let steps = 0; steps < 100; steps++) {
    const [code, jumpTrue, jumpFalse, k] = [
      program.readUInt16LE(at * 8),
      program.readUInt8(at * 8 + 2),
      program.readUInt8(at * 8 + 3),
      program.readUInt32LE(at * 8 + 4),
    ];
    at++;
    if (code === 0x20) loaded = k === 4 ? arch : number;
    else if (code === 0x06) return k === 0x7fff_0000 ? 'allowed' : 'denied';
    else at += (code === 0x15 ? loaded === k : loaded >= k) ? jumpTrue : jumpFalse;
  }
  return 'endless';
}

describe('the capacity of a machine', () => {
  const GIB = 1024 ** 3;
  const none = { concurrency: null, memoryBytes: null };
  it.each([
    ['2 cores, 8 GiB', { cores: 2, memoryBytes: 8 * GIB }, none, 1],
    ['4 cores, 4 GiB', { cores: 4, memoryBytes: 4 * GIB }, none, 1],
    ['16 cores, 64 GiB', { cores: 16, memoryBytes: 64 * GIB }, none, 4],
    ['16 cores, 8 GiB', { cores: 16, memoryBytes: 8 * GIB }, none, 2],
    ['256 cores, 1 TiB', { cores: 256, memoryBytes: 1024 * GIB }, none, 16],
    ['4 cores, but the operator says 3', { cores: 4, memoryBytes: 8 * GIB }, { ...none, concurrency: 3 }, 3],
    [
      '16 cores, but half the memory is for others',
      { cores: 16, memoryBytes: 16 * GIB },
      { ...none, memoryBytes: 8 * GIB },
      2,
    ],
  ])('%s', (_, machine, wanted, concurrency) => {
    const planned = planCapacity(machine, wanted);
    expect(planned.concurrency).toBe(concurrency);
    const memoryBytes = wanted.memoryBytes ?? machine.memoryBytes;
    expect(planned.childMemoryBytes * concurrency).toBeLessThan(memoryBytes);
    expect(planned.childMemoryBytes * concurrency).toBeGreaterThanOrEqual(memoryBytes / 2 - concurrency);
  });

  it('is that of its control group where there is a limit', () => {
    expect(thisMachine(() => '1073741824\n').memoryBytes).toBe(GIB);
    expect(thisMachine(() => 'max\n').memoryBytes).toBeGreaterThan(GIB);
    expect(thisMachine(() => '99999999999999999999').memoryBytes).toBe(thisMachine(() => 'max').memoryBytes);
  });
});
