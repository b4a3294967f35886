/** Reads a Dockerfile: the instructions of each stage, with continued lines joined. @see Dockerfile reference */
export interface Instruction {
  readonly name: string;
  readonly value: string;
  readonly line: number;
}

export interface Stage {
  readonly base: string;
  readonly name: string;
  readonly instructions: readonly Instruction[];
}

export function parseDockerfile(text: string): Stage[] {
  const stages: { base: string; name: string; instructions: Instruction[] }[] = [];
  const defaults: Record<string, string> = {};
  for (const { name, value, line } of instructionsOf(text)) {
    // Before the first FROM, an ARG is what images are chosen by.
    if (name === 'ARG' && stages.length === 0) {
      Object.assign(defaults, pairsOf(value));
      continue;
    }
    if (name !== 'FROM') {
      stages.at(-1)?.instructions.push({ name, value, line });
      continue;
    }
    const [from = '', , stage = String(stages.length)] = value.split(/\s+/);
    const base = from.replaceAll(/\$\{(\w+)\}/g, (_, variable: string) => defaults[variable] ?? '');
    stages.push({ base, name: stage, instructions: [] });
  }
  return stages;
}

function instructionsOf(text: string): Instruction[] {
  const found: Instruction[] = [];
  let open = '';
  for (const [index, line] of text.split('\n').entries()) {
    // A comment inside a continued instruction is skipped as well.
    if (/^\s*(#|$)/.test(line)) continue;
    open += line.replace(/\\$/, '').trim() + ' ';
    if (line.endsWith('\\')) continue;
    const [, name = '', value = ''] = /^([A-Z]+)\s+(.*?)\s*$/.exec(open) ?? [];
    found.push({ name, value, line: index + 1 });
    open = '';
  }
  return found;
}

/** `A=1 B="two words"` → pairs. */
export function pairsOf(value: string): Record<string, string> {
  const pairs = value.matchAll(/([\w.]+)=(?:"([^"]*)"|(\S+))/g);
  return Object.fromEntries([...pairs].map(([, name = '', quoted, plain]) => [name, quoted ?? plain ?? '']));
}

/** What would make an image larger, less safe or less the same the next time. Empty where there is nothing. */
export function lintDockerfile(text: string): string[] {
  const stages = parseDockerfile(text);
  const last = stages.at(-1)?.instructions ?? [];
  const all = stages.flatMap(({ instructions }) => instructions);
  const user = last.findLast(({ name }) => name === 'USER')?.value ?? '';
  const complaints = all.flatMap(({ name, value, line }) => {
    const say = (what: string): string[] => [`line ${line}: ${what}`];
    if (!KNOWN.has(name)) return say(`${name || 'an instruction'} is not known`);
    if (name === 'ADD') return say('COPY is what is meant');
    if (name === 'MAINTAINER') return say('is a LABEL today');
    if (/apt-get install/.test(value) && !/--no-install-recommends/.test(value))
      return say('installs what is only recommended');
    if (/apt-get install/.test(value) && !/rm -rf \/var\/lib\/apt\/lists/.test(value))
      return say('keeps the package lists');
    if (/\b(sudo|curl|wget)\b/.test(value) && name === 'RUN')
      return say('fetches or does what no package manager checked');
    if (/SECRET|PASSWORD|TOKEN|_KEY\b/.test(value) && /^(ENV|ARG|LABEL)$/.test(name)) return say('names a secret');
    if (/^(CMD|ENTRYPOINT)$/.test(name) && !value.startsWith('['))
      return say('goes through a shell, which keeps signals');
    return [];
  });
  for (const { base } of stages)
    if (!/:[\w.-]+(@sha256:[0-9a-f]{64})?$/.test(base) || base.endsWith(':latest'))
      complaints.push(`${base} has no tag`);
  if (!/^[1-9]\d*:[1-9]\d*$/.test(user)) complaints.push('the last USER is not a number other than root');
  for (const wanted of ['HEALTHCHECK', 'CMD', 'LABEL'])
    if (!last.some(({ name }) => name === wanted)) complaints.push(`there is no ${wanted}`);
  return complaints;
}

const KNOWN = new Set(
  'ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE HEALTHCHECK LABEL MAINTAINER RUN SHELL STOPSIGNAL USER VOLUME WORKDIR'.split(
    ' ',
  ),
);
