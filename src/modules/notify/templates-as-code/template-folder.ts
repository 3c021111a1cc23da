import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  fileNameOf,
  readTemplateFile,
  TemplateFileError,
  type TemplateText,
  writeTemplateFile,
} from './template-file.ts';

export interface TemplateFile {
  fileName: string;
  template: TemplateText;
}

/** Every template of a folder, and what is wrong with files that are none; nothing when there is no folder. */
export async function readTemplateFolder(
  folder: string,
): Promise<{ files: TemplateFile[]; problems: string[] }> {
  const files: TemplateFile[] = [];
  const problems: string[] = [];
  for (const fileName of await listFiles(folder)) {
    try {
      files.push({ fileName, template: readTemplateFile(await readFile(join(folder, fileName), 'utf8')) });
    } catch (error) {
      if (!(error instanceof TemplateFileError)) throw error;
      problems.push(`${fileName} ${error.message}`);
    }
  }
  return { files, problems: [...problems, ...findTwins(files)] };
}

/** Writes each template to the file it has, or to a new one; files are whole or as they were. */
export async function writeTemplateFolder(
  folder: string,
  templates: readonly TemplateText[],
  known: readonly TemplateFile[],
): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const taken = new Set(known.map(({ fileName }) => fileName));
  const written: string[] = [];
  const places = pairUp(
    templates,
    known.map((file) => file.template),
  );
  for (const [place, template] of templates.entries()) {
    const fileName = known[places[place] ?? -1]?.fileName ?? freeName(template, taken);
    taken.add(fileName);
    const draft = join(folder, `.${fileName}.new`);
    try {
      await writeFile(draft, writeTemplateFile(template));
      await rename(draft, join(folder, fileName));
    } finally {
      await rm(draft, { force: true });
    }
    written.push(fileName);
  }
  return written;
}

type Identity = Pick<TemplateText, 'id' | 'type' | 'name'>;

/**
 * For each of `all` the place of the same template among `others`: by id, else by type and name, which people know it by
 * across environments. Each is the same as one at most, since a service may have several of one name.
 */
export function pairUp(all: readonly Identity[], others: readonly Identity[]): (number | undefined)[] {
  const places = all.map(({ id }) => others.findIndex((other) => id !== undefined && other.id === id));
  const taken = new Set(places);
  return all.map((one, place) => {
    const known = places[place] ?? -1;
    if (known !== -1) return known;
    const found = others.findIndex(
      (other, at) => !taken.has(at) && other.type === one.type && other.name === one.name,
    );
    if (found === -1) return undefined;
    taken.add(found);
    return found;
  });
}

async function listFiles(folder: string): Promise<string[]> {
  try {
    const names = await readdir(folder);
    return names.filter((name) => name.endsWith('.md') && !name.startsWith('.')).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function findTwins(files: readonly TemplateFile[]): string[] {
  return files.flatMap((file, place) => {
    const twin = files.slice(0, place).find((other) => isTwin(other.template, file.template));
    return twin ? [`${file.fileName} is about the same template as ${twin.fileName}`] : [];
  });
}

/** Two of one name are two templates where their ids say so. */
function isTwin(a: Identity, b: Identity): boolean {
  if (a.id !== undefined && b.id !== undefined) return a.id === b.id;
  return a.type === b.type && a.name === b.name;
}

function freeName(template: TemplateText, taken: ReadonlySet<string>): string {
  const name = fileNameOf(template);
  for (let number = 2; ; number += 1) {
    const candidate =
      number === 2 && !taken.has(name) ? name : name.replace(/\.(\w+)\.md$/, `-${number}.$1.md`);
    if (!taken.has(candidate)) return candidate;
  }
}
