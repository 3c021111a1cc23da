import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './app-parts.ts';

/** A file that follows from the code, with its path relative to the repository. */
export interface GeneratedFile {
  path: string;
  text: string;
}

/** The files that are missing or say something else than they should. */
export async function findDrift(files: GeneratedFile[]): Promise<GeneratedFile[]> {
  const drifted: GeneratedFile[] = [];
  for (const file of files) {
    if ((await readText(file.path)) !== file.text) drifted.push(file);
  }
  return drifted;
}

export async function readText(path: string): Promise<string | undefined> {
  return readFile(join(root, path), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}

/** The command line of every generator: writes what differs, or with `--check` only says so and fails. */
export async function writeOrCheck(generate: () => Promise<GeneratedFile[]>, command: string): Promise<void> {
  const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
  try {
    const drifted = await findDrift(await generate());
    if (values.check) report(drifted, command);
    else await write(drifted);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}

function report(drifted: GeneratedFile[], command: string): void {
  for (const { path } of drifted) console.error(`${path} is out of date`);
  if (drifted.length === 0) return;
  console.error(`Run ${command} and commit what it writes.`);
  process.exitCode = 1;
}

async function write(drifted: GeneratedFile[]): Promise<void> {
  for (const { path, text } of drifted) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
    console.log(`wrote ${path}`);
  }
  if (drifted.length === 0) console.log('Everything was up to date.');
}
