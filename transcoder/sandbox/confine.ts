/**
 * How children are run: the words before the command. Set once at the start, for all children of this process: none of
 * them needs the network, so none is left to be confined by hand. Empty until then, as in tests of single steps.
 */
let prefix: readonly string[] = [];

export function confineChildren(words: readonly string[]): void {
  prefix = words;
}

export function confined(command: string, args: readonly string[]): { command: string; args: readonly string[] } {
  const [first, ...rest] = prefix;
  return first === undefined ? { command, args } : { command: first, args: [...rest, command, ...args] };
}
