// Plain JavaScript for any Node >= 20: installs what the lockfile asks for when it is not there yet, then ends.
// Every npm script runs it first, so a fresh clone needs no step of its own.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stamp = join(root, 'node_modules', '.signalbox-installed');
const wanted = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .digest('hex');
const runtime = join(root, 'node_modules', 'node', 'bin', 'node');

const isInstalled = existsSync(runtime) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;
if (!isInstalled) {
  console.error('Installing dependencies (first start, or the lockfile changed) ...');
  // The runtime comes from the registry too, so engine warnings of the outer Node say nothing about us.
  const result = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (result.status !== 0) {
    console.error('npm ci failed; see the messages above.');
    process.exit(result.status ?? 1);
  }
  if (!existsSync(runtime)) {
    console.error(
      'The pinned Node 24 runtime was not installed because install scripts are blocked.\n' +
        'Allow them for the packages listed under "allowScripts" in package.json and run the command again.',
    );
    process.exit(1);
  }
  writeFileSync(stamp, wanted);
}
