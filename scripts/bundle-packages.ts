// A program of its own: makes the bundles of src/bundled-packages.ts for the packages that are installed.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { bundledPackages, bundleFolder, bundlesFolder } from '../src/bundled-packages.ts';

const folder = bundleFolder();
if (!existsSync(folder)) await bundle();

/** Into a folder of its own, which is renamed: no process finds half a bundle. */
async function bundle(): Promise<void> {
  // It comes with the tools that build the web app; an installation without those goes on without bundles.
  const { rolldown } = await import('rolldown');
  const fresh = `${folder}.${process.pid}`;
  mkdirSync(bundlesFolder, { recursive: true });
  const build = await rolldown({
    input: Object.fromEntries([...bundledPackages].map(([name, file]) => [file.replace('.mjs', ''), name])),
    platform: 'node',
    external: [/^node:/],
  });
  await build.write({ dir: fresh, entryFileNames: '[name].mjs', chunkFileNames: '[name]-[hash].mjs' });
  await build.close();
  try {
    renameSync(fresh, folder);
  } catch (error) {
    // Another process was first, with the same packages.
    if (!existsSync(folder)) throw error;
  }
  for (const name of readdirSync(bundlesFolder)) {
    const other = join(bundlesFolder, name);
    if (other !== folder) rmSync(other, { recursive: true, force: true });
  }
}
