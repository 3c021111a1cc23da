// Proves the upgrade path: a register that the base commit made, with data in it, is taken over by what is checked out.
// npm run workflow:upgrade -- --base main
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readPlatformConfig } from '#platform/config';
import { startEmbeddedServer } from '#platform/db';
import { createLogger } from '#platform/telemetry';
import { createApp } from '../src/app.ts';
import { createModuleServer } from '../src/listeners.ts';
import { root } from './app-parts.ts';

const { values } = parseArgs({ options: { base: { type: 'string', default: 'main' } } });
const folder = mkdtempSync(join(tmpdir(), 'signalbox-upgrade-'));
// PostgreSQL runs as another user when this is run by root, and has to pass through.
chmodSync(folder, 0o711);
const base = join(folder, 'base');
const log = createLogger({ level: 'error', name: 'upgrade' });
/** A sandbox fills itself with data at its first start. */
const settings = {
  SIGNALBOX_MODULES: 'parties',
  PARTIES_SANDBOX: 'on',
  SIGNALBOX_DATA_DIR: join(folder, 'data'),
};

await using stack = new AsyncDisposableStack();
stack.defer(() => rmSync(folder, { recursive: true, force: true }));
git('worktree', 'add', '--detach', base, values.base);
stack.defer(() => void git('worktree', 'remove', '--force', base));
installBase();
const server = await startEmbeddedServer({
  dataDir: join(folder, 'postgres'),
  port: 0,
  osUser: 'nobody',
  log,
});
stack.defer(() => server.stop());

execFileSync(process.execPath, ['src/main.ts', 'migrate'], {
  cwd: base,
  env: { ...process.env, ...settings, DATABASE_URL: server.url },
  stdio: 'inherit',
});
console.log(`${values.base} has made a register.`);

const app = stack.use(
  await createApp({
    config: readPlatformConfig(settings, folder),
    databaseUrl: server.url,
    environment: settings,
    log,
    output: process.stderr,
    role: 'upgrade',
  }),
);
const [running] = app.modules;
if (!running) throw new Error('The parties module does not run');
const listener = await createModuleServer(app, running);
stack.defer(() => listener.close());
const headers = { version: '1' };
const idsOf = async (kind: 'ProductTeam' | 'Product'): Promise<string[]> => {
  const { results } = (await listener.inject({ url: `/_search/${kind}` })).json<{
    results: { id: string }[];
  }>();
  return results.map(({ id }) => id);
};
const [teams, products] = [await idsOf('ProductTeam'), await idsOf('Product')];
const [team] = teams;
if (teams.length < 2 || products.length < 2) throw new Error('The parties of the base commit are not found');
const paths = [...teams.map((id) => `/ProductTeam/${id}`), ...products.map((id) => `/Product/${id}`)];
for (const url of paths) {
  const { statusCode, body } = await listener.inject({ url, headers });
  if (statusCode !== 200) throw new Error(`After the upgrade ${url} answers ${statusCode} ${body}`);
}
const created = await listener.inject({
  method: 'POST',
  url: `/ProductTeam/${team}/Product`,
  headers,
  payload: '{"name": "After the upgrade"}',
});
if (created.statusCode !== 201) throw new Error(`After the upgrade a creation answers ${created.body}`);
console.log(`What is checked out reads all ${paths.length} parties of it and creates another.`);

/** The packages of this checkout serve when both ask for the same ones. */
function installBase(): void {
  const isSame = readFileSync(join(base, 'package-lock.json')).equals(
    readFileSync(join(root, 'package-lock.json')),
  );
  if (isSame) symlinkSync(join(root, 'node_modules'), join(base, 'node_modules'));
  else execFileSync('node', ['scripts/ensure-installed.mjs'], { cwd: base, stdio: 'inherit' });
}

function git(...args: string[]): string {
  return execFileSync('git', args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] }).toString();
}
