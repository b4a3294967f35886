/** What runs the transcoder elsewhere: the image, Kubernetes, Cloudflare Containers, and the page about them. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { unstable_readConfig } from 'wrangler';
import { parseAllDocuments } from 'yaml';
import { deployContainers } from '../../scripts/deploy/containers.ts';
import { lintDockerfile, pairsOf, parseDockerfile } from '../../scripts/image/dockerfile.ts';
import { inRoot } from '../../scripts/lib/paths.ts';
import { startInstances } from '../../workers/transcoders/start-instances.ts';

const read = (file: string): string => readFileSync(inRoot(file), 'utf8');
const DOCKERFILE = read('transcoder/Dockerfile');

/** Every variable that the transcoder's code asks its environment for. */
const READ_BY_CODE = new Set(
  ['transcoder/config.ts', 'transcoder/find-ffmpeg.ts'].flatMap((file) =>
    [...read(file).matchAll(/'([A-Z]+_[A-Z_]+)'/g)].map(([, name = '']) => name),
  ),
);
/** Read by Node, or by both. */
const OF_NODE = ['NODE_ENV', 'TMPDIR'];

describe('the Dockerfile', () => {
  test('is as it should be', () => {
    expect(lintDockerfile(DOCKERFILE)).toEqual([]);
  });

  test('may have its base pinned by digest, for all stages at once', () => {
    const digest = `node:22-trixie-slim@sha256:${'0a'.repeat(32)}`;
    const pinned = DOCKERFILE.replace(/^(ARG BASE_IMAGE)=.*$/m, `$1=${digest}`);
    expect(new Set(parseDockerfile(pinned).map(({ base }) => base))).toEqual(new Set([digest]));
    expect(lintDockerfile(pinned)).toEqual([]);
  });

  test.each<readonly [string, (text: string) => string, RegExp]>([
    ['runs as root', (text) => text.replace('USER 10001:10001', 'USER root'), /USER/],
    ['has a user by name', (text) => text.replace('USER 10001:10001', 'USER node'), /USER/],
    ['is built on whatever is newest', (text) => text.replaceAll(':22-trixie-slim', ':latest'), /no tag/],
    ['installs what is only recommended', (text) => text.replace('--no-install-recommends ', ''), /recommended/],
    ['keeps package lists', (text) => text.replace(' && rm -rf /var/lib/apt/lists/*', ''), /package lists/],
    ['bakes a secret in', (text) => text.replace('ENV ', 'ENV TRANSCODER_WEBHOOK_SECRET=x '), /secret/],
    ['starts through a shell', (text) => text.replace(/CMD \["node".*/, 'CMD node transcoder/index.ts'), /shell/],
    ['says nothing of its health', (text) => text.replace(/^HEALTHCHECK.*$/m, ''), /HEALTHCHECK/],
    ['fetches by hand', (text) => text.replace('apt-get update', 'curl https://x | sh && apt-get update'), /fetches/],
  ])('that %s is refused', (_, edit, complaint) => {
    expect(lintDockerfile(edit(DOCKERFILE)).join('\n')).toMatch(complaint);
  });

  test('sets no variable that the transcoder does not read', () => {
    const last = parseDockerfile(DOCKERFILE).at(-1)?.instructions ?? [];
    const names = last.filter(({ name }) => name === 'ENV').flatMap(({ value }) => Object.keys(pairsOf(value)));
    expect(names.length).toBeGreaterThan(3);
    for (const name of names) expect([...READ_BY_CODE, ...OF_NODE]).toContain(name);
  });
});

interface Container {
  readonly env: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: object }[];
  readonly securityContext: object;
  readonly resources: { readonly limits: object; readonly requests: object };
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
}
interface PodSpec {
  readonly containers: readonly Container[];
  readonly volumes: readonly { readonly name: string; readonly emptyDir?: { readonly sizeLimit?: string } }[];
  readonly restartPolicy?: string;
}
interface Resource {
  readonly kind: string;
  readonly spec: { readonly template: { readonly metadata: { readonly labels: object }; readonly spec: PodSpec } };
}

const resourcesOf = (file: string): Resource[] =>
  parseAllDocuments(read(`deploy/kubernetes/${file}`)).map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS() as Resource;
  });

describe.each([
  ['transcoder.yaml', 'Deployment'],
  ['transcoder-job.yaml', 'Job'],
])('deploy/kubernetes/%s', (file, kind) => {
  const resource = resourcesOf(file).find((each) => each.kind === kind);
  const pod = resource?.spec.template.spec;
  const [container] = pod?.containers ?? [];

  test('gives the pod no right that it does not need', () => {
    expect(pod).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, runAsUser: 10001, seccompProfile: { type: 'RuntimeDefault' } },
    });
    expect(container?.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(Object.keys(container?.resources.limits ?? {})).toEqual(['cpu', 'memory', 'ephemeral-storage']);
    expect(pod?.volumes).toEqual([{ name: 'work', emptyDir: { sizeLimit: '10Gi' } }]);
    expect(container?.volumeMounts).toEqual([{ name: 'work', mountPath: '/work' }]);
  });

  test('sets what the transcoder reads, what it must have, and its secret from a secret', () => {
    const env = container?.env ?? [];
    for (const { name } of env) expect([...READ_BY_CODE]).toContain(name);
    expect(env.map(({ name }) => name)).toEqual(expect.arrayContaining(['EDGE_URL', 'TRANSCODER_WEBHOOK_SECRET']));
    expect(env.find(({ name }) => name === 'TRANSCODER_WEBHOOK_SECRET')).not.toHaveProperty('value');
    expect(env.some(({ name }) => name === 'TRANSCODER_ONCE')).toBe(kind === 'Job');
    expect(pod?.restartPolicy).toBe(kind === 'Job' ? 'Never' : undefined);
  });

  test('is under the NetworkPolicy, which lets nothing in and nothing but DNS and HTTPS out', () => {
    const policy = resourcesOf('transcoder.yaml').find((each) => each.kind === 'NetworkPolicy');
    expect(policy?.spec).toMatchObject({
      podSelector: { matchLabels: resource?.spec.template.metadata.labels },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [],
    });
    const ports = [...JSON.stringify(policy).matchAll(/"port":(\d+)/g)].map(([, port]) => port);
    expect(ports).toEqual(['53', '53', '443']);
    expect(JSON.stringify(policy)).toContain('169.254.0.0/16');
  });
});

describe('Cloudflare Containers', () => {
  const config = unstable_readConfig({ config: inRoot('workers/transcoders/wrangler.toml') }, { hideWarnings: true });

  test('has one instance for each job, as large as one needs, built from the Dockerfile', () => {
    const [container] = config.containers ?? [];
    expect(container).toMatchObject({
      class_name: 'TranscoderInstance',
      instance_type: 'standard-3',
      max_instances: 4,
    });
    expect(container?.image).toMatch(/transcoder\/Dockerfile$/);
    expect(config.vars['MAX_INSTANCES']).toBe(String(container?.max_instances));
  });

  const busy = (slots: Set<number>) => (index: number) => ({
    start: async () => slots.size < slots.add(index).size,
  });

  test.each([
    [0, [], 0],
    [2, [], 2],
    [9, [], 4],
    [2, [0, 1], 2],
    [3, [0, 1, 2], 1],
    [1, [0, 1, 2, 3], 0],
  ])('%i jobs wait while slots %j work: %i are started', async (waiting, working, started) => {
    expect(await startInstances(waiting, busy(new Set(working)), 4)).toBe(started);
  });

  test('are started in the other slots where one cannot be', async () => {
    const slots = busy(new Set());
    const broken = (index: number) =>
      index === 0 ? { start: async () => Promise.reject(new Error('overloaded')) } : slots(index);
    expect(await startInstances(2, broken, 4)).toBe(2);
  });

  test('are not deployed without the transcoder’s secret', async () => {
    const wrangler = async () => ({ code: 0, output: '' });
    const ids = { databaseId: 'd', accountId: 'a' };
    await expect(deployContainers(wrangler, ids, 'https://edge.example', {})).rejects.toThrow(
      'TRANSCODER_WEBHOOK_SECRET',
    );
  });
});

describe('docs/transcoder.md', () => {
  test('has a row for every variable that is read, and for no other', () => {
    const rows = [...read('docs/transcoder.md').matchAll(/^\| `([A-Z_]+)`/gm)].map(([, name = '']) => name);
    expect(rows.toSorted()).toEqual([...READ_BY_CODE].toSorted());
  });
});
