/** The peer for segments: nginx with its own signed links (secure_link), one worker, the same file. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { freePort } from '../scripts/platform/port.ts';
import { onPath, type Target } from './load.ts';

export interface Nginx {
  readonly pid: number;
  readonly target: Target;
  stop(): Promise<void>;
}

const SECRET = 'bench';
const START_LIMIT_MS = 5_000;

/** null where nginx is not installed. */
export async function startNginx(folder: string, file: Uint8Array): Promise<Nginx | null> {
  const nginx = onPath('nginx');
  if (nginx === null) return null;
  const port = await freePort();
  mkdirSync(path.join(folder, 'root'), { recursive: true });
  writeFileSync(path.join(folder, 'root', 'segment.m4s'), file);
  return run(nginx, folder, linkServer(port, folder), { url: `http://127.0.0.1:${port}${signedPath()}` });
}

/** Takes beacons: writes each body to its log and answers 204. null where nginx is not installed. */
export async function startCollector(folder: string): Promise<Nginx | null> {
  const nginx = onPath('nginx');
  if (nginx === null) return null;
  const port = await freePort();
  mkdirSync(folder, { recursive: true });
  return run(nginx, folder, collectingServer(port, folder), { url: `http://127.0.0.1:${port}/up` });
}

async function run(nginx: string, folder: string, server: string, target: Target): Promise<Nginx> {
  writeFileSync(path.join(folder, 'nginx.conf'), configuration(folder, server));
  const child = spawn(nginx, ['-p', folder, '-c', path.join(folder, 'nginx.conf'), '-e', 'stderr'], {
    stdio: 'ignore',
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  await untilUp(target.url);
  return {
    pid: child.pid ?? 0,
    target,
    stop: async () => {
      child.kill();
      await ended;
    },
  };
}

function signedPath(): string {
  const expires = Math.floor(Date.now() / 1_000) + 3_600;
  const md5 = createHash('md5').update(`${expires}/segment.m4s ${SECRET}`).digest('base64url');
  return `/segment.m4s?md5=${md5}&expires=${expires}`;
}

/** One process does all, so that its CPU is to be found in one place. */
function configuration(folder: string, server: string): string {
  return `
daemon off; master_process off; pid ${folder}/nginx.pid;
events { worker_connections 256; }
http {
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000;
  types { video/iso.segment m4s; }
  client_body_temp_path ${folder}/t1; proxy_temp_path ${folder}/t2; fastcgi_temp_path ${folder}/t3;
  uwsgi_temp_path ${folder}/t4; scgi_temp_path ${folder}/t5;
  ${server}
}
`;
}

function linkServer(port: number, folder: string): string {
  return `
  server {
    listen 127.0.0.1:${port}; root ${folder}/root;
    secure_link $arg_md5,$arg_expires;
    secure_link_md5 "$secure_link_expires$uri ${SECRET}";
    if ($secure_link = "") { return 403; }
    if ($secure_link = "0") { return 410; }
  }`;
}

/** A body is read only for who is to have it: here the second server, on a socket. */
function collectingServer(port: number, folder: string): string {
  return `
  log_format beacon escape=json '$request_body';
  client_body_buffer_size 64k;
  server {
    listen 127.0.0.1:${port};
    location = /up { return 200; }
    location / {
      access_log ${folder}/beacons.log beacon buffer=64k;
      proxy_pass http://unix:${folder}/sink.sock;
    }
  }
  server { listen unix:${folder}/sink.sock; return 204; }`;
}

async function untilUp(url: string): Promise<void> {
  const until = performance.now() + START_LIMIT_MS;
  for (;;) {
    try {
      const response = await fetch(url);
      await response.arrayBuffer();
      if (response.status !== 200) throw new Error(`nginx answered ${response.status}`);
      return;
    } catch (error) {
      if (performance.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
