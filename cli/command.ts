import type { ParseArgsOptionDescriptor } from 'node:util';
import type { Cliffhanger } from '../client/index.ts';
import type { Connection } from './connection.ts';
import type { Output } from './output.ts';

export type Options = Readonly<Record<string, string | boolean | undefined>>;

export interface Context {
  readonly client: Cliffhanger;
  readonly connection: Connection;
  readonly args: readonly string[];
  readonly options: Options;
  readonly out: Output;
}

export interface Option extends ParseArgsOptionDescriptor {
  readonly type: 'string' | 'boolean';
  /** In the help: `--title <text>  what it is`. */
  readonly value?: string;
  readonly help: string;
}

export interface Command {
  /** `series create` */
  readonly name: string;
  readonly summary: string;
  /** Positional arguments; one in brackets may be left out. */
  readonly args: readonly string[];
  readonly options: Readonly<Record<string, Option>>;
  readonly examples?: readonly string[];
  /** Resolves to the exit code where that is not 0. */
  run(context: Context): Promise<number | undefined>;
}

/** Something that the caller wrote is wrong; exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The work itself failed, and the message is all there is to say; exit code 1. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

export function textOption(options: Options, name: string): string | undefined {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
}

export function requiredOption(options: Options, name: string): string {
  const value = textOption(options, name);
  if (value === undefined) throw new UsageError(`--${name} is needed.`);
  return value;
}

export function numberOption(options: Options, name: string): number | undefined {
  const text = textOption(options, name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() === '' || Number.isNaN(value)) throw new UsageError(`--${name} is "${text}"; it must be a number.`);
  return value;
}

/** One of a few words; undefined where it is left out. */
export function choiceOption<T extends string>(options: Options, name: string, choices: readonly T[]): T | undefined {
  const text = textOption(options, name);
  if (text === undefined) return undefined;
  const choice = choices.find((each) => each === text);
  if (choice === undefined) throw new UsageError(`--${name} is "${text}"; it is one of ${choices.join(', ')}.`);
  return choice;
}

/** Only what was said, for a body whose absent fields mean something. */
export function withoutUndefined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
