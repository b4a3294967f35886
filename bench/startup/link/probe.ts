/** Two ends of a TCP connection, to see whether a link is what it says. `node probe.ts serve` or `node probe.ts ask <host> <port>`. */
import { connect, createServer } from 'node:net';

const CONNECTIONS = 7;
const SECONDS = 3;
/** What fills the line in the first second is the start of TCP and not the line. */
const SKIPPED_SECONDS = 1;

const [, , role, host = '', port = ''] = process.argv;
if (role === 'serve') serve();
else console.log(JSON.stringify(await ask()));

function serve(): void {
  const chunk = Buffer.alloc(65_536, 7);
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    // One byte is answered with one, a word with as much as the line takes.
    socket.on('data', (asked) => {
      if (asked.length === 1) return void socket.write(asked);
      const pour = (): void => {
        while (!socket.destroyed && socket.write(chunk));
      };
      socket.on('drain', pour);
      pour();
    });
  });
  server.listen(0, () => {
    const address = server.address();
    console.log(typeof address === 'object' ? address?.port : '');
  });
}

async function ask(): Promise<{ rttMs: number; megabitsPerSecond: number }> {
  const rtts: number[] = [];
  for (let n = 0; n < CONNECTIONS; n++) rtts.push(await roundTrip());
  return { rttMs: rtts.sort((a, b) => a - b)[Math.floor(CONNECTIONS / 2)] ?? 0, megabitsPerSecond: await rate() };
}

function roundTrip(): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: Number(port), noDelay: true });
    let sentAt = 0;
    const send = (): void => {
      sentAt = performance.now();
      socket.write('?');
    };
    // The first exchange ends what belongs to opening the connection.
    socket.once('connect', send);
    socket.once('data', () => {
      send();
      socket.once('data', () => {
        resolve(performance.now() - sentAt);
        socket.destroy();
      });
    });
    socket.once('error', reject);
  });
}

function rate(): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: Number(port) }, () => socket.write('pour'));
    let [bytes, from] = [0, 0];
    socket.on('data', (chunk) => {
      if (from > 0) bytes += chunk.length;
    });
    setTimeout(() => (from = performance.now()), SKIPPED_SECONDS * 1_000);
    setTimeout(
      () => {
        resolve((bytes * 8) / 1_000 / (performance.now() - from));
        socket.destroy();
      },
      (SKIPPED_SECONDS + SECONDS) * 1_000,
    );
    socket.once('error', reject);
  });
}
