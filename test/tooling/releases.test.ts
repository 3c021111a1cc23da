import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { changelogPage, parseChangelog } from '../../scripts/workflow/changelog.ts';
import { COMMANDS } from '../../scripts/workflow/commands-data.ts';
import {
  ApprovalNeeded,
  checkDeployment,
  needsApproval,
  planIdOf,
  runStages,
} from '../../scripts/workflow/deployment.ts';

const root = join(import.meta.dirname, '../..');
const read = (...path: string[]) => readFileSync(join(...path), 'utf8');

function temporaryFolder(stack: DisposableStack | AsyncDisposableStack): string {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-release-'));
  stack.defer(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function run(folder: string, script: string, args: string[], environment: object = {}) {
  return new Promise<{ code: number; output: string }>((resolve) => {
    const env = { ...process.env, ...environment };
    execFile(process.execPath, [join(root, script), ...args], { cwd: folder, env }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, output: stdout + stderr }),
    );
  });
}

test('a release moves what is unreleased into its changelog, sets the version, is checked, merged and tagged', async () => {
  using stack = new DisposableStack();
  const folder = temporaryFolder(stack);
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
      .toString()
      .trim();
  git('init', '-b', 'main');
  writeFileSync(join(folder, 'package.json'), '{"name": "x", "version": "0.1.0"}');
  writeFileSync(join(folder, 'CHANGELOG.md'), '# Changelog\n\nFor people.\n\n## Unreleased\n\n- A thing\n');
  git('add', '.');
  git('commit', '-m', 'first');
  assert.equal((await run(folder, 'scripts/workflow.ts', ['create-release-branch'])).code, 0);
  const branch = git('rev-parse', '--abbrev-ref', 'HEAD');
  const name = branch.replace('release/', '');
  assert.match(name, /^\d{4}-\d{2}-\d{2}$/);
  assert.equal(read(folder, 'changelog', `${name}.md`), '- A thing\n');
  assert.equal(
    read(folder, 'CHANGELOG.md'),
    `# Changelog\n\nFor people.\n\n## Unreleased\n\n## ${name}\n\n- A thing\n`,
  );
  const version = name.replaceAll('-', '.');
  assert.equal(read(folder, 'VERSION'), `${version}\n`);
  assert.equal(JSON.parse(read(folder, 'package.json')).version, version);
  assert.equal((await run(folder, 'scripts/workflow.ts', ['check'])).code, 0);

  git('add', '.');
  git('commit', '-m', 'release');
  const page = read(folder, 'CHANGELOG.md');
  for (const [file, text, problem] of [
    [join('changelog', `${name}.md`), ' ', /no changelog/],
    ['CHANGELOG.md', page.replace('- A thing', '- Another thing'), /workflow:changelog/],
    ['VERSION', '1\n', /VERSION says version 1/],
  ] as const) {
    writeFileSync(join(folder, file), text);
    const checked = await run(folder, 'scripts/workflow.ts', ['check']);
    assert.equal(checked.code, 1);
    assert.match(checked.output, problem);
    git('checkout', 'HEAD', '--', '.');
  }
  git('checkout', 'main');
  assert.match((await run(folder, 'scripts/workflow.ts', ['tag'])).output, /There is no release/);
  git('merge', '--no-ff', branch);
  for (const time of ['first', 'again']) {
    assert.equal((await run(folder, 'scripts/workflow.ts', ['tag'])).output.trim(), `release/${name}`, time);
  }
  assert.equal(git('tag', '--points-at', 'HEAD'), `release/${name}`);
});

test('the changelog has its releases in descending order and keeps what people write', () => {
  const page = changelogPage({ preface: '# Changelog\n\nFor people.', unreleased: '- New' }, [
    { name: '2026-01-02', text: '- Old\n' },
    { name: '2026-01-02-a', text: '- Newer' },
  ]);
  assert.equal(
    page,
    '# Changelog\n\nFor people.\n\n## Unreleased\n\n- New\n\n## 2026-01-02-a\n\n- Newer\n\n## 2026-01-02\n\n- Old\n',
  );
  assert.deepEqual(parseChangelog(page), { preface: '# Changelog\n\nFor people.', unreleased: '- New' });
  parseChangelog(read(root, 'CHANGELOG.md'));
});

test('a deployment names the stage that failed, and production waits for the approval of its plan', async () => {
  const prod = { environment: 'prod', isSandbox: false, tag: 'release/2026-01-02' };
  assert.throws(() => checkDeployment({ ...prod, environment: 'ref', isSandbox: true }), /no sandbox/);
  assert.throws(() => checkDeployment({ ...prod, tag: 'main' }), /tagged/);
  assert.ok(needsApproval(prod) && !needsApproval({ ...prod, environment: 'int' }));
  assert.notEqual(planIdOf(prod, []), planIdOf(prod, [{ name: 'another schema migration' }]));
  const ran: string[] = [];
  const stage = (name: string, error?: Error) => ({
    name,
    run: async () => {
      ran.push(name);
      if (error) throw error;
    },
  });
  const say = () => undefined;
  const failed = await runStages([stage('plan'), stage('apply', new Error('x')), stage('smoke')], say);
  assert.deepEqual([failed.result, failed.detail, ran], ['failed', 'apply', ['plan', 'apply']]);
  const waiting = await runStages([stage('plan', new ApprovalNeeded('approve'))], say);
  assert.deepEqual(waiting, { result: 'waiting', detail: 'approve' });
});

test('every npm script is in the list of commands', () => {
  const { scripts } = JSON.parse(read(root, 'package.json')) as { scripts: Record<string, string> };
  const listed = Object.values(COMMANDS).flatMap((commands) => Object.keys(commands));
  assert.deepEqual(listed.toSorted(), Object.keys(scripts).toSorted());
});

test('the workflows call npm scripts that exist, with actions pinned by hash', () => {
  const { scripts } = JSON.parse(read(root, 'package.json')) as { scripts: Record<string, string> };
  const folder = join(root, '.github/workflows');
  for (const file of readdirSync(folder)) {
    const text = read(folder, file);
    parse(text);
    for (const [, name = ''] of text.matchAll(/npm run (?:--silent )?([a-z:-]+)/g))
      assert.ok(name in scripts, `${file}: ${name}`);
    for (const [, action] of text.matchAll(/uses: (\S+)/g)) assert.match(action ?? '', /@[0-9a-f]{40}$/);
  }
});

test('the bill of materials is checked against the advisories of the registry', async () => {
  await using stack = new AsyncDisposableStack();
  let advisories = {};
  const server = createServer((request, response) => {
    request.resume();
    if (request.method === 'POST') response.end(JSON.stringify(advisories));
    else response.writeHead(404).end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stack.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  const registry = {
    npm_config_registry: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    npm_config_cache: temporaryFolder(stack),
  };
  const good = await run(root, 'scripts/sbom.ts', ['check'], registry);
  assert.deepEqual([good.code, /0 critical/.test(good.output)], [0, true], good.output);
  const { components } = JSON.parse(read(root, 'cpm.cdx.json')) as { components: { name: string }[] };
  assert.ok(components.some(({ name }) => name === 'fastify'));
  advisories = {
    fastify: [
      { id: 1, url: 'https://example.org/1', title: 't', severity: 'critical', vulnerable_versions: '*' },
    ],
  };
  const bad = await run(root, 'scripts/sbom.ts', ['check'], registry);
  assert.equal(bad.code, 1, bad.output);
  assert.match(bad.output, /[1-9]\d* critical/);
});
