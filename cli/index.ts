/** `npx cliffhanger …`: the operator's tool over the HTTP API. */
import { parseArgs } from 'node:util';
import { Cliffhanger } from '../client/index.ts';
import { UsageError, type Command } from './command.ts';
import { findConnection, type Connection } from './connection.ts';
import { asked, findCommand, GLOBAL_OPTIONS } from './find-command.ts';
import { commandHelp, overview } from './help.ts';
import { Output } from './output.ts';

process.exitCode = await main(process.argv.slice(2));

async function main(given: readonly string[]): Promise<number> {
  // `help series list` asks as `series list --help` does.
  const argv = given[0] === 'help' ? [...given.slice(1), '--help'] : given;
  const out = new Output(argv.includes('--json'));
  let connection: Connection | null = null;
  try {
    const found = findCommand(argv);
    if (found === null) {
      process.stdout.write(overview(asked(argv), GLOBAL_OPTIONS));
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
