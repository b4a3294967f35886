import type { ChildProcess } from 'node:child_process';
/**
 * Makes the cron stop at each of its questions to D1 and ask this process whether it may go on: so workerd can be killed
 * exactly there. The product's own bundle runs behind it.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { WorkerOptions } from '../../../scripts/platform/worker-options.ts';

/** What is done when the cron arrives at a step; the answer goes back to it. */
type AtStep = (name: string) => string;

export interface Steps {
  /** For startPlatform's `adapt`. */
  readonly adapt: (workers: WorkerOptions[]) => WorkerOptions[];
  onStep: AtStep;
  /** Kills every workerd that this process started: no handler of it runs any more. */
  killWorkerd(): void;
  close(): void;
}

export async function startSteps(): Promise<Steps> {
  const children = new Set<ChildProcess>();
  const remember = (message: unknown): void => {
    const child = (message as { process: ChildProcess }).process;
    child.once('spawn', () => child.spawnfile.includes('workerd') && children.add(child));
    child.once('exit', () => children.delete(child));
  };
  subscribe('child_process', remember);
  const server: Server = createServer((request, response) => {
    response.end(steps.onStep((request.url ?? '').slice(1)));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const entry = ENTRY.replace('ORIGIN', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const steps: Steps = {
    adapt: (workers) => workers.map((worker) => (worker.name.includes('api') ? withEntry(worker, entry) : worker)),
    onStep: () => 'go on',
    killWorkerd: () => children.forEach((child) => child.kill('SIGKILL')),
    close() {
      unsubscribe('child_process', remember);
      server.closeAllConnections();
      server.close();
    },
  };
  return steps;
}

function withEntry(worker: WorkerOptions, entry: string): WorkerOptions {
  const [main] = worker['modules'] as [{ contents: string }];
  return {
    ...worker,
    modules: [
      { type: 'ESModule', path: 'steps.js', contents: entry },
      { type: 'ESModule', path: 'index.js', contents: main.contents },
    ],
  };
}

/** Plain JavaScript: it goes into the runtime as it is. `split`: a batch as it must not be, a statement at a time. */
const ENTRY = `
import product from './index.js';
export * from './index.js';

const plain = new WeakMap();
const step = async (name) => (await fetch('ORIGIN/' + name)).text();
const own = (target, name) => typeof target[name] === 'function' ? target[name].bind(target) : target[name];

function statement(target) {
  const wrapped = new Proxy({}, {
    get(_self, name) {
      if (name === 'bind') return (...values) => statement(target.bind(...values));
      if (!['first', 'all', 'run', 'raw'].includes(name)) return own(target, name);
      return async (...args) => {
        await step('before-query');
        const value = await target[name](...args);
        await step('after-query');
        return value;
      };
    },
  });
  plain.set(wrapped, target);
  return wrapped;
}

async function batch(db, statements) {
  const list = statements.map((each) => plain.get(each));
  const mode = await step('before-batch');
  let results = [];
  if (mode === 'split') {
    for (const each of list) {
      results.push(...(await db.batch([each])));
      await step('in-batch');
    }
  } else results = await db.batch(list);
  await step('after-batch');
  return results;
}

function stepping(db) {
  return new Proxy({}, {
    get(_self, name) {
      if (name === 'prepare') return (sql) => statement(db.prepare(sql));
      if (name === 'batch') return (statements) => batch(db, statements);
      return own(db, name);
    },
  });
}

export default {
  ...product,
  scheduled: (controller, env, ctx) => product.scheduled(controller, { ...env, DB: stepping(env.DB) }, ctx),
};
`;
