import { readFile } from 'node:fs/promises';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { parse, YAMLParseError } from 'yaml';
import type { AppliedChange, ApplySection } from '#platform/module';
import type { App } from '../app.ts';
import { type Command, CommandError, textOption } from './command.ts';
import { cliActor, withApp } from './connection.ts';
import { operatorsSection } from './operators-section.ts';

export const command: Command = {
  name: 'apply',
  summary: 'Set up what a YAML file declares',
  usage: '-f <file> [--dry-run] [--json]',
  description:
    'Creates or changes what the file names and leaves everything else alone; a second run changes nothing.\n' +
    'Sections: operators, and one for each module. docs/examples/setup.yaml shows one of each to begin with.',
  options: {
    file: { type: 'string', short: 'f', description: 'The YAML file' },
    'dry-run': { type: 'boolean', description: 'Say what would change, change nothing' },
    json: { type: 'boolean', description: 'Print one JSON document' },
  },
  run: async (input) => {
    const file = textOption(input, 'file');
    if (file === undefined) throw new CommandError('Name the file: signalbox apply -f setup.yaml', 2);
    const document = await readDocument(file);
    const dryRun = input.values['dry-run'] === true;
    return withApp(input, async (app) => {
      const changes = await applyDocument(app, document, dryRun);
      if (input.values.json) console.log(JSON.stringify({ dryRun, changes }));
      else printChanges(changes, dryRun);
      return 0;
    });
  },
};

async function readDocument(file: string): Promise<Record<string, unknown>> {
  const text = await readFile(file, 'utf8').catch((error) => {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    const why = isMissing ? 'there is no such file' : error instanceof Error ? error.message : error;
    throw new CommandError(`Cannot read ${file}: ${why}`, 2);
  });
  const document = parseYaml(file, text);
  if (!Value.Check(Type.Record(Type.String(), Type.Unknown()), document)) {
    throw new CommandError(`${file} must hold sections, such as "operators:" or "directory:"`, 2);
  }
  return document;
}

function parseYaml(file: string, text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    throw new CommandError(`${file} is not YAML: ${error.message.trimEnd()}`, 2);
  }
}

/** Checks every section before the first is applied, so that a mistake at the end changes nothing. */
export async function applyDocument(
  app: App,
  document: Record<string, unknown>,
  dryRun: boolean,
): Promise<AppliedChange[]> {
  const sections: ApplySection[] = [
    operatorsSection(app.stores[0].db),
    ...app.modules.flatMap(({ module }) => (module.apply ? [module.apply] : [])),
  ];
  const unknown = Object.keys(document).filter((key) => !sections.some((section) => section.key === key));
  const problems = unknown.map(
    (key) => `${key}: no such section (known: ${sections.map(({ key }) => key).join(', ')})`,
  );
  for (const section of sections) {
    if (!(section.key in document)) continue;
    for (const { keyword, instancePath, message } of Value.Errors(section.schema, document[section.key])) {
      // Says again of each member what is then said of the object.
      if (keyword === 'boolean') continue;
      const place = `${section.key}${instancePath.replaceAll('/', '.')}`;
      problems.push(`${place}: ${inWords(place, keyword, message)}`);
    }
  }
  if (problems.length > 0) throw new CommandError(`The file is not usable:\n  ${problems.join('\n  ')}`, 2);
  const changes: AppliedChange[] = [];
  for (const section of sections) {
    if (section.key in document) {
      changes.push(...(await section.apply(document[section.key], { dryRun, actor: cliActor })));
    }
  }
  return changes;
}

/** What is wrong with a value, with what to do where the words of the schema do not say it. */
function inWords(place: string, keyword: string, message: string): string {
  if (message === 'must be string') return `${message} (YAML reads digits as a number: put them in quotes)`;
  return keyword === 'pattern' && place.endsWith('.email') ? 'must be an email address' : message;
}

function printChanges(changes: AppliedChange[], dryRun: boolean): void {
  for (const { target, change } of changes) console.log(`${change.padEnd(9)}  ${target}`);
  const count = changes.filter(({ change }) => change !== 'unchanged').length;
  if (changes.length === 0) console.log('The file declares nothing.');
  else if (dryRun) console.log(`${count} of ${changes.length} would change.`);
  else console.log(`${count} of ${changes.length} changed.`);
}
