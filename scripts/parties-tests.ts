// npm run test:unit and test:integration: the parties module's tests without and with a database. Flags go on behind
// `--`; `--rerun` runs only what failed the last time, and succeeds when nothing did.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';

const [kind = '', ...flags] = process.argv.slice(2);
const isRerun = flags.includes('--rerun');
const stateFile = `node_modules/.cache/signalbox/parties-${kind}-failed.json`;

if (kind !== 'unit' && kind !== 'integration') {
  console.error('Say which: unit or integration');
  process.exitCode = 2;
} else await runTests();

async function runTests(): Promise<void> {
  const files = globSync('src/modules/parties/**/*.test.ts').filter(
    (file) => usesDatabase(file) === (kind === 'integration'),
  );
  const chosen = isRerun ? files.filter((file) => readFailed().includes(file)) : files;
  const failed: string[] = [];
  for (const file of chosen) {
    const rest = flags.filter((flag) => flag !== '--rerun');
    const child = spawn(process.execPath, ['scripts/test.ts', file, ...rest], { stdio: 'inherit' });
    const [code] = (await once(child, 'exit')) as [number | null];
    if (code !== 0) failed.push(file);
  }
  mkdirSync('node_modules/.cache/signalbox', { recursive: true });
  writeFileSync(stateFile, JSON.stringify(failed));
  if (chosen.length === 0)
    console.log(isRerun ? 'Nothing failed the last time.' : `There are no ${kind} tests.`);
  if (failed.length > 0) process.exitCode = 1;
}

/** Every test that touches data does it through the application. */
function usesDatabase(file: string): boolean {
  return readFileSync(file, 'utf8').includes('createPartiesApp');
}

function readFailed(): string[] {
  try {
    return JSON.parse(readFileSync(stateFile, 'utf8')) as string[];
  } catch {
    return [];
  }
}
