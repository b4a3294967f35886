/**
 * Installs the dependencies when node_modules is absent or is not what package-lock.json says.
 *
 * npm leaves out optional packages whose `engines` the running Node does not match, and says nothing. On Node 20 these
 * are the test browser, and before 20.19 the native halves of vitest, oxlint and oxfmt. So npm runs a second time under
 * the Node it has just installed, which adds what was left out (two seconds when nothing was).
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** An install that has not finished after this long is taken for dead, and its lock for stale. */
const INSTALL_LIMIT_MS = 15 * 60_000;

const NPM_FLAGS = ['--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];

/**
 * @param {string} root the repository
 * @param {string} node the pinned Node's path, there after the install
 */
export async function installIfNeeded(root, node) {
  if (isStamped(root, node)) return;
  const lock = path.join(root, '.npm-install.lock');
  await takeLock(lock);
  try {
    // Another process may have installed while this one waited for the lock.
    if (isStamped(root, node)) return;
    if (!existsSync(node) || !matchesHiddenLockfile(root)) {
      console.log('Installing dependencies with npm ci (once; about a minute) …');
      runNpm(root, process.execPath, ['ci', ...NPM_FLAGS]);
    }
    if (!existsSync(node)) {
      fail(
        'The `node` package has no binary: install scripts are off (ignore-scripts). Run `npm ci --ignore-scripts=false`.',
      );
    }
    runNpm(root, node, ['install', '--no-save', ...NPM_FLAGS]);
    writeFileSync(stampPath(root), lockfileHash(root));
  } finally {
    rmSync(lock, { force: true });
  }
}

/** @param {string} root */
function stampPath(root) {
  return path.join(root, 'node_modules', '.cliffhanger-lock-sha256');
}

/** @param {string} root */
function lockfileHash(root) {
  return createHash('sha256')
    .update(readFileSync(path.join(root, 'package-lock.json')))
    .digest('hex');
}

/**
 * @param {string} root
 * @param {string} node
 */
function isStamped(root, node) {
  const stamp = stampPath(root);
  return existsSync(stamp) && existsSync(node) && readFileSync(stamp, 'utf8') === lockfileHash(root);
}

/**
 * For a node_modules made by a plain `npm install`: npm records what it put there in node_modules/.package-lock.json.
 *
 * @param {string} root
 */
function matchesHiddenLockfile(root) {
  const hidden = path.join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(hidden)) return false;
  const wanted = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')).packages;
  const found = JSON.parse(readFileSync(hidden, 'utf8')).packages;
  return Object.entries(wanted).every(([where, entry]) => {
    // The root, a workspace's own entry, and optional packages (other platforms') need not be there.
    if (!where.startsWith('node_modules/') || entry.link || entry.optional || entry.devOptional || entry.peer)
      return true;
    return found[where]?.version === entry.version;
  });
}

/**
 * @param {string} root
 * @param {string} node the Node that npm itself shall run on
 * @param {string[]} args
 */
function runNpm(root, node, args) {
  const env = { ...process.env, PATH: [path.dirname(node), process.env['PATH']].join(path.delimiter) };
  const npmCli = process.env['npm_execpath'];
  // Under npm its own file is known, which avoids npm.cmd and its shell on Windows.
  const result = npmCli?.endsWith('npm-cli.js')
    ? spawnSync(node, [npmCli, ...args], { cwd: root, env, stdio: 'inherit' })
    : spawnSync('npm', args, { cwd: root, env, stdio: 'inherit', shell: process.platform === 'win32' });
  if (result.status !== 0) fail(`npm ${args[0]} failed; what it says is above. Nothing runs without the dependencies.`);
}

/**
 * Waits until nobody else installs, and makes the lock.
 *
 * @param {string} lock
 */
async function takeLock(lock) {
  let told = false;
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      return;
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
    }
    if (isStale(lock)) {
      rmSync(lock, { force: true });
      continue;
    }
    if (!told) console.log('Another process is installing the dependencies; waiting for it …');
    told = true;
    await sleep(500);
  }
}

/** @param {string} lock */
function isStale(lock) {
  try {
    if (Date.now() - statSync(lock).mtimeMs > INSTALL_LIMIT_MS) return true;
    const pid = Number(readFileSync(lock, 'utf8'));
    // Just made and not written yet: the next look will tell.
    if (pid === 0) return false;
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return codeOf(error) === 'ESRCH';
  }
}

/** @param {unknown} error */
function codeOf(error) {
  return /** @type {NodeJS.ErrnoException} */ (error).code;
}

/**
 * @param {string} sentence
 * @returns {never}
 */
function fail(sentence) {
  // Thrown, so that the lock is given back on the way out.
  throw new Error(sentence);
}
