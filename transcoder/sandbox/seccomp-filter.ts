/**
 * A seccomp filter as the kernel takes it: the program may open no socket of any kind, and may take none from another
 * process. Everything else is allowed, as ffmpeg's needs differ from build to build.
 *
 * @see seccomp(2), bpf classic; linux/audit.h, asm/unistd.h
 */
interface Architecture {
  readonly auditArch: number;
  readonly denied: readonly number[];
}

/** socket; io_uring_setup, which can connect without it; ptrace, pidfd_getfd, process_vm_readv and _writev. */
const ARCHITECTURES: readonly Architecture[] = [
  { auditArch: 0xc000_003e, denied: [41, 425, 101, 438, 310, 311] },
  { auditArch: 0xc000_00b7, denied: [198, 425, 117, 438, 270, 271] },
];

/** x32 system calls of x86-64 have other numbers, from here on; no build of ours makes them. */
const X32_BIT = 0x4000_0000;

const LOAD_WORD = 0x20;
const JUMP_EQUAL = 0x15;
const JUMP_GREATER_EQUAL = 0x35;
const RETURN = 0x06;
const ALLOW = 0x7fff_0000;
/** The call fails with EPERM, so that the program says what it wanted; it is not killed. */
const DENY = 0x0005_0001;
const NUMBER_OFFSET = 0;
const ARCH_OFFSET = 4;

interface Instruction {
  readonly code: number;
  readonly k: number;
  /** How far to jump when the comparison holds; 0 is the next instruction. */
  readonly whenTrue?: number;
  readonly whenFalse?: number;
}

/** In the byte order of the machines that it is for. What is not one of them is denied everything. */
export function seccompFilter(): Buffer {
  const program: Instruction[] = [{ code: LOAD_WORD, k: ARCH_OFFSET }];
  for (const { auditArch, denied } of ARCHITECTURES) program.push(...filterOf(auditArch, denied));
  program.push({ code: RETURN, k: DENY });
  return Buffer.concat(program.map(encode));
}

/** The block of one architecture; for another, the next block is jumped to with its number still loaded. */
function filterOf(auditArch: number, denied: readonly number[]): Instruction[] {
  const tests: Instruction[] = [
    { code: JUMP_GREATER_EQUAL, k: X32_BIT },
    ...denied.map((number) => ({ code: JUMP_EQUAL, k: number })),
  ];
  const body: Instruction[] = [
    { code: LOAD_WORD, k: NUMBER_OFFSET },
    ...tests.map((each, index) => ({ ...each, whenTrue: tests.length - index })),
    { code: RETURN, k: ALLOW },
    { code: RETURN, k: DENY },
  ];
  return [{ code: JUMP_EQUAL, k: auditArch, whenFalse: body.length }, ...body];
}

/** `struct sock_filter`: code, jump when true, jump when false, k. */
function encode({ code, k, whenTrue = 0, whenFalse = 0 }: Instruction): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt16LE(code, 0);
  bytes.writeUInt8(whenTrue, 2);
  bytes.writeUInt8(whenFalse, 3);
  bytes.writeUInt32LE(k, 4);
  return bytes;
}
