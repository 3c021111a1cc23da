import { once } from 'node:events';
import { type FileHandle, open } from 'node:fs/promises';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CommandRefusal, type ModuleCommand, type ModuleCommandValues } from '#platform/module';
import type { DirectoryContext } from '../context.ts';
import { asRefusal, commandActor, text } from '../replay/replay-command.ts';
import { findApplication, startApplication } from './application.ts';
import { createDryRun, findDryRun, performDryRun } from './dry-run.ts';
import { selectDryRunItems } from './dry-run-queries.ts';
import { presentApplication, presentDryRun, presentItem } from './dry-run-view.ts';

type WriteStream = ReturnType<FileHandle['createWriteStream']>;

const SHOWN = 1_000;
const PROGRESS_MS = 2_000;
const POLL_MS = 250;
const PATIENCE_MS = 600_000;

/** `signalbox directory dry-run`: what events would change; runs here and now, whether or not a worker runs. */
export function dryRunCommand(ctx: DirectoryContext): ModuleCommand {
  return {
    name: 'dry-run',
    summary: 'Say what change events would change in the directory, and change nothing',
    options: {
      file: {
        type: 'string',
        description: 'JSON events, one after another or as an array; - reads standard input',
      },
      stored: { type: 'boolean', description: 'The newest stored event of every ODS code instead of a file' },
      title: { type: 'string', description: 'What the console calls it; the name of the file by default' },
      output: { type: 'string', description: `Write every difference to this file, one JSON object a line` },
    },
    run: (values, print) => asRefusal(() => dryRun(ctx, values, print)),
  };
}

/** `signalbox directory apply-dry-run` */
export function applyDryRunCommand(ctx: DirectoryContext): ModuleCommand {
  return {
    name: 'apply-dry-run',
    summary: 'Apply what a dry run found, or a part of it, through the usual pipeline',
    options: {
      id: { type: 'string', description: 'The dry run', required: true },
      'ods-codes': { type: 'string', description: 'Only these ODS codes, separated by commas' },
      services: { type: 'string', description: 'Only these service ids, separated by commas' },
      fields: { type: 'string', description: 'Only these fields, such as cmsurl,cmstelephoneno' },
    },
    run: (values, print) => asRefusal(() => apply(ctx, values, print)),
  };
}

async function dryRun(ctx: DirectoryContext, values: ModuleCommandValues, print: (line: string) => void) {
  const file = text(values, 'file');
  if ((file === undefined) === (values.stored !== true))
    throw new CommandRefusal('Give either --file or --stored', 2);
  const title = text(values, 'title') ?? (file === undefined ? 'Newest stored events' : basename(file));
  const output = text(values, 'output');
  // Looked at before the work, not after it.
  const target = output === undefined ? undefined : await openTarget(output);
  const source = file === undefined ? { stored: true as const } : { bytes: await openFile(file) };
  const id = await createDryRun(ctx, source, { title, actor: commandActor, enqueue: false });
  let printedAt = Date.now();
  await performDryRun(ctx, id, {
    onProgress: ({ events, changedServices }) => {
      if (Date.now() - printedAt < PROGRESS_MS) return;
      printedAt = Date.now();
      print(`${events} events compared, ${changedServices} services would change ...`);
    },
  });
  const run = presentDryRun(await findDryRun(ctx, id));
  if (target !== undefined) await writeItems(ctx, id, target);
  const items = await selectDryRunItems(ctx.db.kysely, id, {}, { after: 0, limit: SHOWN });
  print(
    `Dry run ${id}: ${run.events} events, ${run.services} services, ${run.changed_services} would change`,
  );
  for (const [outcome, count] of Object.entries(run.outcomes)) print(`  ${outcome.padEnd(12)} ${count}`);
  for (const item of items.slice(0, 20)) {
    for (const { field, previous_value: previous, new_value: value } of item.changes ?? []) {
      print(
        `  ${item.ods_code}  ${item.service_uid}  ${field}: ${previous || 'nothing'} -> ${value || 'nothing'}`,
      );
    }
  }
  return { ...run, items: items.map(presentItem), has_more: items.length === SHOWN };
}

async function openFile(file: string): Promise<AsyncIterable<Uint8Array>> {
  if (file === '-') return process.stdin;
  try {
    const handle = await open(file);
    if ((await handle.stat()).isDirectory()) throw new Error('it is a folder');
    return handle.createReadStream({ highWaterMark: 1_048_576 });
  } catch (error) {
    throw new CommandRefusal(`${file} cannot be read: ${error instanceof Error ? error.message : error}`, 2);
  }
}

async function openTarget(path: string): Promise<WriteStream> {
  try {
    return (await open(path, 'w')).createWriteStream();
  } catch (error) {
    throw new CommandRefusal(
      `${path} cannot be written: ${error instanceof Error ? error.message : error}`,
      2,
    );
  }
}

async function writeItems(ctx: DirectoryContext, id: string, stream: WriteStream): Promise<void> {
  for (let after = 0; ; ) {
    const rows = await selectDryRunItems(ctx.db.kysely, id, {}, { after, limit: SHOWN });
    const lines = rows.map((row) => `${JSON.stringify(presentItem(row))}\n`).join('');
    if (!stream.write(lines)) await once(stream, 'drain');
    after = rows.at(-1)?.place ?? after;
    if (rows.length < SHOWN) break;
  }
  stream.end();
  await once(stream, 'finish');
}

async function apply(ctx: DirectoryContext, values: ModuleCommandValues, print: (line: string) => void) {
  const list = (name: string) => text(values, name)?.split(',').filter(Boolean);
  const services = list('services')?.map(Number);
  if (services?.some((id) => !Number.isInteger(id)))
    throw new CommandRefusal('--services must be service ids', 2);
  const choice = { ods_codes: list('ods-codes'), service_ids: services, fields: list('fields') };
  let application = await startApplication(ctx, text(values, 'id') ?? '', choice, commandActor);
  for (const deadline = Date.now() + PATIENCE_MS; application.state === 'running'; await sleep(POLL_MS)) {
    application = await findApplication(ctx, application.id);
    if (Date.now() > deadline) break;
  }
  print(
    application.state === 'finished'
      ? `${application.queued} services queued; ${application.overtaken} left out, as newer events came in since.`
      : `Application ${application.id} goes on in the worker: ${application.queued} services queued so far.`,
  );
  return presentApplication(application);
}
