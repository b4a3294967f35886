/** `npx cliffhanger …`: the operator's tool over the HTTP API. */
import { parseArgs } from 'node:util';
import { Cliffhanger } from '../client/index.ts';
import { UsageError, type Command, type Option } from './command.ts';
import { COMMANDS } from './commands/index.ts';
import { findConnection, type Connection } from './connection.ts';
import { commandHelp, overview } from './help.ts';
import { Output } from './output.ts';

export const GLOBAL_OPTIONS: Readonly<Record<string, Option>> = {
  edge: { type: 'string', value: '<url>', help: 'the edge; CLIFFHANGER_EDGE; else the `npm start` on this machine' },
  key: { type: 'string', value: '<key>', help: 'an API key; CLIFFHANGER_API_KEY (a flag shows in `ps`)' },
  json: { type: 'boolean', help: 'one JSON document on stdout; errors as JSON on stderr' },
  help: { type: 'boolean', short: 'h', help: 'this text' },
};

process.exitCode = await main(process.argv.slice(2));

async function main(argv: readonly string[]): Promise<number> {
  const out = new Output(argv.includes('--json'));
  let connection: Connection | null = null;
  try {
    const found = findCommand(argv);
    if (found === null) {
      // Nothing at all is a question, too.
      const isAsked = argv.every((word) => word.startsWith('-') || word === 'help');
      if (!isAsked) throw new UsageError(unknownCommand(argv));
      process.stdout.write(overview(COMMANDS, GLOBAL_OPTIONS));
      return 0;
    }
    const { command, rest } = found;
    const { values, positionals } = parse(command, rest);
    if (values['help'] === true) {
      process.stdout.write(commandHelp(command, GLOBAL_OPTIONS));
      return 0;
    }
    checkArguments(command, positionals);
    connection = findConnection(
      {
        ...(typeof values['edge'] === 'string' ? { edge: values['edge'] } : {}),
        ...(typeof values['key'] === 'string' ? { key: values['key'] } : {}),
      },
      process.env,
    );
    const client = new Cliffhanger({ origin: connection.edge, apiKey: connection.apiKey });
    return (await command.run({ client, connection, args: positionals, options: values, out })) ?? 0;
  } catch (error) {
    return out.error(error, connection?.edge ?? null);
  }
}

/** The longest name that the words begin with: `series list` before `series`. */
function findCommand(argv: readonly string[]): { command: Command; rest: string[] } | null {
  const first = argv.findIndex((word) => !word.startsWith('-'));
  if (first < 0) return null;
  for (const length of [2, 1]) {
    const words = argv.slice(first, first + length);
    const command = COMMANDS.find(({ name }) => name === words.join(' '));
    if (command !== undefined) return { command, rest: [...argv.slice(0, first), ...argv.slice(first + length)] };
  }
  return null;
}

function unknownCommand(argv: readonly string[]): string {
  const word = argv.find((each) => !each.startsWith('-')) ?? '';
  const below = COMMANDS.filter(({ name }) => name.startsWith(`${word} `)).map(({ name }) => name);
  if (below.length > 0) return `"${word}" is one of: ${below.join(', ')}.`;
  return `There is no command "${word}". \`cliffhanger --help\` lists them.`;
}

function parse(command: Command, args: string[]) {
  const options = Object.fromEntries(
    Object.entries({ ...GLOBAL_OPTIONS, ...command.options }).map(([name, { type, short }]) => [
      name,
      { type, ...(short === undefined ? {} : { short }) },
    ]),
  );
  try {
    return parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)} See --help.`);
  }
}

function checkArguments({ name, args }: Command, given: readonly string[]): void {
  const needed = args.filter((each) => !each.startsWith('['));
  const missing = needed[given.length];
  if (missing !== undefined) throw new UsageError(`${name} needs ${missing}. See \`cliffhanger ${name} --help\`.`);
  if (given.length > args.length)
    throw new UsageError(
      `${name} takes ${args.length === 0 ? 'no argument' : args.join(' ')}; "${given.at(-1)}" is too much.`,
    );
}
