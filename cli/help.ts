import type { Command, Option } from './command.ts';
import { table } from './output.ts';

type OptionTable = Readonly<Record<string, Option>>;

export function overview(commands: readonly Command[], globals: OptionTable): string {
  return lines([
    'cliffhanger <command> [options]: the operator’s tool over the HTTP API',
    '',
    ...table(commands.map((command) => [`  ${usageOf(command)}`, command.summary])),
    '',
    ...optionLines(globals),
    '',
    '`cliffhanger <command> --help` says more. Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 edge not reachable.',
  ]);
}

export function commandHelp(command: Command, globals: OptionTable): string {
  const { options, examples = [] } = command;
  return lines([
    `cliffhanger ${usageOf(command)}`,
    '',
    command.summary,
    '',
    ...optionLines({ ...options, ...globals }),
    ...(examples.length === 0 ? [] : ['', 'Examples', ...examples.map((each) => `  ${each}`)]),
  ]);
}

function usageOf({ name, args }: Command): string {
  return [name, ...args].join(' ');
}

function optionLines(options: OptionTable): string[] {
  return table(
    Object.entries(options).map(([name, { value, help }]) => [
      `  --${name}${value === undefined ? '' : ` ${value}`}`,
      help,
    ]),
  );
}

function lines(texts: readonly string[]): string {
  return `${texts.join('\n')}\n`;
}
