// Everything that is checked without running the product: one command, one table, and for each failure what mends it.
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './app-parts.ts';
import {
  findLicenceProblems,
  findLockfileProblems,
  findUndocumentedDependencies,
  type Lockfile,
  type PackageFile,
} from './checks/dependencies.ts';
import { findLongFiles, listRepositoryFiles } from './checks/repository-files.ts';
import { findSecrets } from './checks/secrets.ts';

interface Check {
  name: string;
  /** Resolves to what is wrong, empty when nothing is. */
  run(): Promise<string>;
  mend: string;
}

const checks: Check[] = [
  {
    name: 'types',
    run: () => command('node_modules/.bin/tsc', ['-p', '.', '--pretty', 'false']),
    mend: 'mend the types tsc names',
  },
  {
    name: 'types of web',
    run: () => command('node_modules/.bin/tsc', ['-p', 'web', '--pretty', 'false']),
    mend: 'mend the types tsc names',
  },
  {
    name: 'lint',
    run: () => command('node_modules/.bin/biome', ['check', '.']),
    mend: 'npm run format, then mend what is left',
  },
  {
    name: 'boundaries',
    run: () => command(process.execPath, ['--test', '--test-reporter=dot', 'test/boundaries.test.ts']),
    mend: 'see "Boundaries" in CONTRIBUTING.md',
  },
  {
    name: 'file length',
    run: async () => findLongFiles(listRepositoryFiles()).join('\n'),
    mend: 'split the file along a second noun',
  },
  {
    name: 'schema dumps',
    run: () => command(process.execPath, ['scripts/dump-schema.ts', '--check']),
    mend: 'npm run schema, and commit docs/schema',
  },
  {
    name: 'generated docs',
    run: () => command(process.execPath, ['scripts/generate-docs.ts', '--check']),
    mend: 'npm run docs, and commit docs',
  },
  {
    name: 'lockfile',
    run: async () => findLockfileProblems(await packageFile(), await lockfile()).join('\n'),
    mend: 'npm install, with the .npmrc of the repository',
  },
  {
    name: 'licences',
    run: async () => findLicenceProblems(await lockfile()).join('\n'),
    mend: 'choose another package, or add the licence with its reason',
  },
  {
    name: 'dependencies page',
    run: async () =>
      findUndocumentedDependencies(await packageFile(), await text('docs/dependencies.md')).join('\n'),
    mend: 'write the reason into docs/dependencies.md',
  },
  {
    name: 'secrets',
    run: async () => (await secretsInRepository()).join('\n'),
    mend: 'take the secret out, and revoke it if it was pushed',
  },
];

async function main(): Promise<void> {
  const { positionals } = parseArgs({ allowPositionals: true });
  const unknown = positionals.filter((name) => !checks.some((check) => check.name === name));
  if (unknown.length > 0) {
    throw new Error(
      `No check is called ${unknown.join(', ')}. There are: ${checks.map(({ name }) => name).join(', ')}`,
    );
  }
  const chosen = checks.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  const results = await Promise.all(chosen.map(timed));
  for (const { check, problem } of results) {
    if (problem !== '') console.log(`--- ${check.name}\n${problem.trimEnd()}\n`);
  }
  const width = Math.max(...results.map(({ check }) => check.name.length));
  for (const { check, problem, seconds } of results) {
    const state = problem === '' ? 'ok    ' : 'FAILED';
    const mend = problem === '' ? '' : `  ${check.mend}`;
    console.log(`${check.name.padEnd(width)}  ${state}  ${seconds.toFixed(1).padStart(5)} s${mend}`);
  }
  if (results.some(({ problem }) => problem !== '')) process.exitCode = 1;
}

async function timed(check: Check) {
  const startedAt = performance.now();
  const problem = await check.run().catch((error: Error) => error.message);
  return { check, problem, seconds: (performance.now() - startedAt) / 1000 };
}

/** What the command printed when it failed, else nothing. */
function command(file: string, args: string[]): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn(file, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    child.stderr.on('data', (chunk) => {
      output += chunk;
    });
    child.once('error', (error) => resolve(`${file}: ${error.message}`));
    child.once('close', (code) => resolve(code === 0 ? '' : output || `${file} ended with ${code}`));
  });
}

function text(path: string): Promise<string> {
  return readFile(join(root, path), 'utf8');
}

async function packageFile(): Promise<PackageFile> {
  return JSON.parse(await text('package.json'));
}

async function lockfile(): Promise<Lockfile> {
  return JSON.parse(await text('package-lock.json'));
}

async function secretsInRepository(): Promise<string[]> {
  const found: string[] = [];
  for (const path of listRepositoryFiles()) {
    for (const { line, kind } of findSecrets(path, await text(path)))
      found.push(`${path}:${line} looks like: ${kind}`);
  }
  return found;
}

await main();
