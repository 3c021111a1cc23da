import { readFile } from 'node:fs/promises';
import { CommandRefusal, type ModuleCommand, type ModuleCommandValues } from '#platform/module';
import { readUuid } from '../auth/uuid-text.ts';
import type { NotifyContext } from '../context.ts';
import { compareFolder, type Difference } from './compare.ts';
import { EnvironmentRefusal, type TemplateEnvironment } from './environment.ts';
import { openOtherEnvironment } from './other-environment.ts';
import { readTemplateFolder, type TemplateFile, writeTemplateFolder } from './template-folder.ts';
import { openThisEnvironment } from './this-environment.ts';

type Print = (line: string) => void;

/** `signalbox notify templates pull|diff|push`: the templates of a service as files under version control. */
export function templatesCommand(ctx: NotifyContext): ModuleCommand {
  return {
    name: 'templates',
    summary: 'Keep the templates of a service as files: pull, diff, push',
    positionals: [
      { name: 'action', description: 'pull writes files, diff compares, push saves what differs' },
    ],
    options: {
      service: { type: 'string', description: 'Id of the service', required: true },
      folder: { type: 'string', description: 'Where the files are', required: true },
      url: { type: 'string', description: 'Address of another environment; this one without it' },
      'secret-file': { type: 'string', description: 'File with the notify-admin secret of that environment' },
      as: { type: 'string', description: 'Email address of whoever the new versions are by' },
      'dry-run': { type: 'boolean', description: 'push: say what would be saved, and save nothing' },
      check: { type: 'boolean', description: 'diff: fail when something differs' },
      'allow-new-placeholders': {
        type: 'boolean',
        description: 'push: also save versions that ask for more than those before',
      },
    },
    run: async (values, print) => {
      try {
        return await run(ctx, values, print);
      } catch (error) {
        if (error instanceof EnvironmentRefusal) throw new CommandRefusal(error.message);
        throw error;
      }
    },
  };
}

async function run(ctx: NotifyContext, values: ModuleCommandValues, print: Print): Promise<unknown> {
  const folder = String(values.folder);
  const environment = await openEnvironment(ctx, values);
  const { files, problems } = await readTemplateFolder(folder);
  if (problems.length > 0) throw new CommandRefusal(`Nothing was done:\n${problems.map(indent).join('\n')}`);
  switch (values.action) {
    case 'pull':
      return pull(environment, folder, files, print);
    case 'diff':
      return diff(environment, files, { fails: values.check === true, print });
    case 'push':
      return push(environment, files, {
        isDry: values['dry-run'] === true,
        allowsMore: values['allow-new-placeholders'] === true,
        print,
      });
    default:
      throw new CommandRefusal('The action is one of pull, diff and push', 2);
  }
}

async function openEnvironment(
  ctx: NotifyContext,
  values: ModuleCommandValues,
): Promise<TemplateEnvironment> {
  const serviceId = readUuid(values.service);
  if (serviceId === undefined) throw new CommandRefusal('--service must be the id of a service', 2);
  const editor = typeof values.as === 'string' ? values.as : undefined;
  if (typeof values.url !== 'string') return openThisEnvironment(ctx, { serviceId, editor });
  const path = values['secret-file'];
  if (typeof path !== 'string') throw new CommandRefusal('--url needs --secret-file', 2);
  if (!URL.canParse(values.url)) throw new CommandRefusal('--url must be an address', 2);
  const secret = (await readSecret(path)).trim();
  if (secret === '') throw new CommandRefusal(`${path} is empty`, 2);
  return openOtherEnvironment(ctx, { serviceId, url: values.url, secret, editor });
}

async function readSecret(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new CommandRefusal(`${path} cannot be read: ${(error as NodeJS.ErrnoException).code}`, 2);
  }
}

async function pull(environment: TemplateEnvironment, folder: string, files: TemplateFile[], print: Print) {
  const stored = await environment.list();
  const texts = stored.map(({ version: _version, ...text }) => text);
  const written = await writeTemplateFolder(folder, texts, files);
  const extra = compareFolder(files, stored).filter(({ kind }) => kind === 'new');
  for (const name of written) print(`wrote ${name}`);
  for (const { fileName } of extra) print(`left alone ${fileName}: ${environment.name} has no such template`);
  return { environment: environment.name, written, leftAlone: extra.map(({ fileName }) => fileName) };
}

async function diff(
  environment: TemplateEnvironment,
  files: TemplateFile[],
  { fails, print }: { fails: boolean; print: Print },
) {
  const differences = compareFolder(files, await environment.list());
  for (const difference of differences) {
    if (difference.kind !== 'same') describe(difference, print);
  }
  const count = differences.filter(({ kind }) => kind !== 'same').length;
  print(
    count === 0 ? `The folder and ${environment.name} agree` : `${count} of ${differences.length} differ`,
  );
  if (fails && count > 0) throw new CommandRefusal(`${count} templates differ from ${environment.name}`);
  return { environment: environment.name, differences: differences.map(withoutText) };
}

/** All checks before the first change; a new version that asks for more would break those who send with the old one. */
async function push(
  environment: TemplateEnvironment,
  files: TemplateFile[],
  { isDry, allowsMore, print }: { isDry: boolean; allowsMore: boolean; print: Print },
) {
  const differences = compareFolder(files, await environment.list());
  const wanting = differences.filter(({ placeholdersAdded }) => placeholdersAdded.length > 0);
  if (wanting.length > 0 && !allowsMore) {
    const lines = wanting.map(
      ({ fileName, placeholdersAdded }) => `${fileName} would ask for ${placeholdersAdded.join(', ')}`,
    );
    throw new CommandRefusal(
      `Nothing was saved: whoever sends with these templates does not give what is new. Change the senders first, then push with --allow-new-placeholders.\n${lines.map(indent).join('\n')}`,
    );
  }
  const saved: { fileName: string | null; id: string | null; kind: string }[] = [];
  for (const difference of differences) {
    const { kind, fileName, template } = difference;
    if (template === null || kind === 'same') continue;
    describe(difference, print);
    const id = isDry ? difference.id : await save(environment, difference);
    saved.push({ fileName, id, kind });
    if (!isDry) print(`saved ${fileName} as ${id}`);
  }
  if (saved.length === 0) print(`${environment.name} has nothing to change`);
  else if (isDry) print(`${saved.length} would be saved`);
  return { environment: environment.name, dryRun: isDry, saved };
}

async function save(environment: TemplateEnvironment, { id, template }: Difference): Promise<string> {
  if (template === null) throw new Error('A template without a file cannot be saved');
  if (id === null) return environment.create(template);
  await environment.update(id, template);
  return id;
}

function describe(difference: Difference, print: Print): void {
  const { kind, name, type, fileName, placeholdersAdded, placeholdersRemoved, lines } = difference;
  print(`${kind}: ${name} (${type})${fileName === null ? '' : `, ${fileName}`}`);
  if (placeholdersAdded.length > 0) print(indent(`placeholders added: ${placeholdersAdded.join(', ')}`));
  if (placeholdersRemoved.length > 0)
    print(indent(`placeholders removed: ${placeholdersRemoved.join(', ')}`));
  for (const line of lines) print(indent(line));
}

function withoutText({ template: _template, ...difference }: Difference) {
  return difference;
}

function indent(line: string): string {
  return `  ${line}`;
}
