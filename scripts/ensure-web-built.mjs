// Plain JavaScript for any Node >= 20: builds the web app of lists into web/dist when it is missing, or older than its
// sources. `npm start` runs it through ensure-installed.mjs; when nothing is to do it reads web/ and ends.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const thisFile = fileURLToPath(import.meta.url);
const root = dirname(dirname(thisFile));
const web = join(root, 'web');
const stampName = '.built-from';

/** Resolves to true when web/dist is the build of the sources; false, with the reason printed, when it could not be made. */
export async function ensureWebBuilt() {
  const wanted = hashSources();
  const dist = join(web, 'dist');
  const stamp = join(dist, stampName);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return true;
  return build(dist, wanted);
}

/** Names and contents of everything the build reads; the lockfile stands for its packages. */
function hashSources() {
  const hash = createHash('sha256');
  const files = readdirSync(web, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .filter((path) => !path.startsWith(join(web, 'dist')))
    .sort();
  const shared = join(root, 'src', 'modules', 'lists', 'pages', 'assets', 'base.css');
  for (const path of [...files, shared, join(root, 'package-lock.json')]) {
    hash.update(path.slice(root.length)).update('\0').update(readFileSync(path)).update('\0');
  }
  return `${hash.digest('hex')}\n`;
}

/** Into a folder of its own, which takes the place of the old one: nobody is served half a build. */
async function build(dist, wanted) {
  const { spawnSync } = await import('node:child_process');
  const { renameSync, rmSync, writeFileSync } = await import('node:fs');
  const fresh = `${dist}.${process.pid}`;
  console.error('Building the web app (first start, or its sources changed) ...');
  const runtime = join(root, 'node_modules', 'node', 'bin', 'node');
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  const args = [vite, 'build', web, '--outDir', fresh, '--emptyOutDir', '--logLevel', 'warn'];
  const { status } = spawnSync(runtime, args, { cwd: web, stdio: ['ignore', 2, 2] });
  if (status !== 0) {
    rmSync(fresh, { recursive: true, force: true });
    console.error('The web app could not be built; see above. Everything else works, and its pages say so.');
    return false;
  }
  writeFileSync(join(fresh, stampName), wanted);
  rmSync(dist, { recursive: true, force: true });
  try {
    renameSync(fresh, dist);
  } catch (error) {
    // Another process was first, with the same sources.
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    rmSync(fresh, { recursive: true, force: true });
  }
  return true;
}

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === thisFile) {
  if (!(await ensureWebBuilt())) process.exitCode = 1;
}
