import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

describe('building the web app at start', () => {
  let copy: string;
  before(async () => {
    copy = await mkdtemp(join(tmpdir(), 'signalbox-web-'));
    await mkdir(join(copy, 'scripts'));
    for (const path of [
      'package.json',
      'package-lock.json',
      'tsconfig.json',
      'scripts/ensure-web-built.mjs',
      'src/modules/lists/pages/assets/base.css',
    ])
      await cp(join(root, path), join(copy, path));
    await cp(join(root, 'web'), join(copy, 'web'), {
      recursive: true,
      filter: (path) => !path.startsWith(join(root, 'web', 'dist')),
    });
    await symlink(join(root, 'node_modules'), join(copy, 'node_modules'));
  });
  after(() => rm(copy, { recursive: true, force: true }));

  const ensure = () =>
    spawnSync(process.execPath, [join(copy, 'scripts/ensure-web-built.mjs')], { encoding: 'utf8' });
  const builtAt = async () => (await stat(join(copy, 'web/dist/index.html'))).mtimeMs;

  test('builds when nothing is there, and then only when a source changed; a broken source keeps the old build', async () => {
    const first = ensure();
    assert.equal(first.status, 0, first.stderr);
    assert.match(first.stderr, /Building the web app/);
    assert.match(await readFile(join(copy, 'web/dist/sw.js'), 'utf8'), /assets\/index-/);
    const before = await builtAt();
    const second = ensure();
    assert.deepEqual([second.status, second.stderr], [0, '']);
    assert.equal(await builtAt(), before);
    const source = join(copy, 'web/src/shell/brand.ts');
    const text = await readFile(source, 'utf8');
    await writeFile(source, `${text}\nexport const added = 1;\n`);
    assert.match(ensure().stderr, /Building/);
    assert.notEqual(await builtAt(), before);
    await writeFile(source, 'export const = broken');
    const broken = ensure();
    assert.equal(broken.status, 1);
    assert.match(broken.stderr, /could not be built/);
    assert.ok((await builtAt()) > 0);
  });

  test('what a phone fetches first is at most 90 KB of compressed scripts, styles and page', async () => {
    const { gzipSync } = await import('node:zlib');
    const dist = join(root, 'web', 'dist');
    const ensured = spawnSync(process.execPath, [join(root, 'scripts/ensure-web-built.mjs')]);
    assert.equal(ensured.status, 0);
    const page = await readFile(join(dist, 'index.html'), 'utf8');
    const named = [...page.matchAll(/assets\/[\w-]+\.(?:js|css)/g)].map(([path]) => path);
    assert.ok(named.length > 1);
    let bytes = gzipSync(page).length;
    for (const path of new Set(named))
      bytes += gzipSync(await readFile(join(dist, path)), { level: 9 }).length;
    assert.ok(bytes <= 90 * 1_024, `${bytes} bytes`);
  });
});

describe('features of the web app', () => {
  test('none imports another: what two need lies above them', async () => {
    const { readdir } = await import('node:fs/promises');
    const features = join(root, 'web', 'src', 'features');
    const wrong: string[] = [];
    for (const path of await readdir(features, { recursive: true })) {
      if (!/\.tsx?$/.test(path)) continue;
      const own = path.split('/')[0];
      const text = await readFile(join(features, path), 'utf8');
      for (const [, target = ''] of text.matchAll(/from '([^']+)'/g)) {
        const resolved = join('features', path, '..', target);
        if (resolved.startsWith('features/') && resolved.split('/')[1] !== own)
          wrong.push(`${path}: ${target}`);
      }
    }
    assert.deepEqual(wrong, []);
  });
});
