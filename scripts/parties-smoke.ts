// Smoke tests after a deployment, as a real client over HTTP: npm run test:smoke -- --base-url <url> --apikey <key>
import { parseArgs } from 'node:util';
import { runSmoke } from '../test/parties/smoke-checks.ts';
import { remoteTarget } from '../test/parties/targets.ts';

const { values } = parseArgs({
  options: { 'base-url': { type: 'string' }, apikey: { type: 'string', default: '' } },
});
const baseUrl = values['base-url'];
if (baseUrl === undefined) {
  console.error('Name what to test: npm run test:smoke -- --base-url <url> --apikey <key>');
  process.exitCode = 2;
} else {
  const results = await runSmoke(remoteTarget(baseUrl, values.apikey));
  for (const { name, problem } of results) {
    console.log(`${problem === undefined ? 'ok    ' : 'FAILED'}  ${name}`);
    if (problem !== undefined) console.log(`        ${problem}`);
  }
  if (results.some(({ problem }) => problem !== undefined)) process.exitCode = 1;
}
