import { UsageError, type Command, type Option } from './command.ts';
import { COMMANDS } from './commands/index.ts';

export const GLOBAL_OPTIONS: Readonly<Record<string, Option>> = {
  edge: { type: 'string', value: '<url>', help: 'the edge; CLIFFHANGER_EDGE; else the `npm start` on this machine' },
  key: { type: 'string', value: '<key>', help: 'an API key; CLIFFHANGER_API_KEY (a flag shows in `ps`)' },
  json: { type: 'boolean', help: 'one JSON document on stdout; errors as JSON on stderr' },
  help: { type: 'boolean', short: 'h', help: 'this text' },
};

/** The longest name that the words begin with: `series list` before `series`. Options may stand before it, too. */
export function findCommand(argv: readonly string[]): { command: Command; rest: string[] } | null {
  const [first, second] = wordsOf(argv);
  if (first === undefined) return null;
  for (const at of second === undefined ? [[first]] : [[first, second], [first]]) {
    const words = at.map((index) => argv[index]).join(' ');
    const command = COMMANDS.find(({ name }) => name === words);
    if (command !== undefined) return { command, rest: argv.filter((_, index) => !at.includes(index)) };
  }
  return null;
}

/** What to list where no command was named: all of them, or those of the group that was asked about. */
export function asked(argv: readonly string[]): readonly Command[] {
  const word = wordsOf(argv).map((index) => argv[index])[0];
  // Nothing at all is a question, too.
  if (word === undefined) return COMMANDS;
  const below = COMMANDS.filter(({ name }) => name.startsWith(`${word} `));
  if (below.length === 0) throw new UsageError(`There is no command "${word}". \`cliffhanger --help\` lists them.`);
  if (argv.includes('--help') || argv.includes('-h')) return below;
  throw new UsageError(`"${word}" is one of: ${below.map(({ name }) => name).join(', ')}.`);
}

/** Where the words are that are neither an option nor the value of one: of `--edge <url> series list`, the last two. */
function wordsOf(argv: readonly string[]): number[] {
  return argv.flatMap((word, index) => {
    const isValue = GLOBAL_OPTIONS[/^--(.+)/.exec(argv[index - 1] ?? '')?.[1] ?? '']?.type === 'string';
    return word.startsWith('-') || isValue ? [] : [index];
  });
}
