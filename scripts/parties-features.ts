// Plays the features from the command line: in this process, or against any base URL.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runFeatures, writePostman } from '../test/parties/run-features.ts';
import { localTarget, remoteTarget } from '../test/parties/targets.ts';

const USAGE = `Plays the feature tests of the parties module and writes their Postman collection and environment.

  npm run test:feature:local [-- --rerun] [--out <folder>]
  npm run test:feature -- --base-url <url> --apikey <key> [--rerun] [--out <folder>]

The register should be empty: each scenario deletes what it made and nothing else. --rerun plays only what failed the
last time, and succeeds when nothing did.`;

const { values } = parseArgs({
  options: {
    'base-url': { type: 'string' },
    apikey: { type: 'string', default: '' },
    out: { type: 'string', default: 'test-results/parties' },
    rerun: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const baseUrl = values['base-url'];
const failuresFile = join(values.out, 'failed-scenarios.json');

if (values.help) console.log(USAGE);
else if (baseUrl === undefined) {
  await using target = await localTarget();
  await play(target, {});
} else await play(remoteTarget(baseUrl, values.apikey), { baseUrl, apiKey: values.apikey });

async function play(
  target: Parameters<typeof runFeatures>[0],
  options: { baseUrl?: string; apiKey?: string },
): Promise<void> {
  mkdirSync(values.out, { recursive: true });
  const failedBefore = values.rerun ? readFailures() : undefined;
  const { results, played } = await runFeatures(
    target,
    failedBefore ? { only: (name) => failedBefore.includes(name) } : {},
  );
  const failed = results.filter(({ failure }) => failure);
  for (const { feature, scenario, failure } of results) {
    console.log(`${failure ? 'FAILED' : 'ok    '}  ${feature}: ${scenario}`);
    if (failure) console.log(`        line ${failure.line}, ${failure.step}\n        ${failure.error}`);
  }
  writeFileSync(
    failuresFile,
    JSON.stringify(failed.map(({ feature, scenario }) => `${feature}: ${scenario}`)),
  );
  if (!failedBefore) writePostman(values.out, played, options);
  console.log(
    `${results.length - failed.length} of ${results.length} scenarios hold. Postman files: ${values.out}`,
  );
  if (failed.length > 0) process.exitCode = 1;
}

function readFailures(): string[] {
  try {
    return JSON.parse(readFileSync(failuresFile, 'utf8')) as string[];
  } catch {
    return [];
  }
}
