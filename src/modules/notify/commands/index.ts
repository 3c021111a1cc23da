import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Actor } from '#platform/auth';
import { CommandRefusal, type ModuleCommand, type ModuleCommandValues } from '#platform/module';
import { BulkSendRefusal } from '../bulk-sends/bulk-sends.ts';
import { createBulkSends } from '../bulk-sends/create-bulk-sends.ts';
import { processRows } from '../bulk-sends/process-bulk-send.ts';
import type { NotifyContext } from '../context.ts';
import { populateAllowances } from '../facts/allowances.ts';
import { rebuildBilling } from '../facts/make-facts.ts';
import { printLetterAgain } from '../printing/operate-letters.ts';
import { archiveBulkSendsBetween } from '../retention/other-retention.ts';
import { previewRetention } from '../retention/preview.ts';
import { runScheduled } from '../schedules/by-the-clock.ts';
import { schedule } from '../schedules/schedule.ts';
import { listRuns } from '../schedules/schedule-queries.ts';
import { checkPrecompiledTask, createLetterPdfTask } from '../tasks/definitions.ts';
import { dayOf, numberOf, text, textOf, uuidOf } from './arguments.ts';
import { importCommands } from './import-commands.ts';
import { replayLettersInError } from './letters-in-error.ts';
import { findFailedLetters, fixBillableUnits, insertInboundNumbers, letterReferencesOf } from './one-offs.ts';
import { peopleCommands } from './people-commands.ts';
import { changeProviderByHand } from './providers.ts';
import { testingCommands } from './testing-commands.ts';

const ACTOR: Actor = { kind: 'cli', id: 'signalbox', name: 'signalbox notify' };

/** `signalbox notify ...`: internals appendix C. */
export function notifyCommands(ctx: NotifyContext): ModuleCommand[] {
  return [
    ...testingCommands(ctx, ACTOR),
    ...dataCommands(ctx),
    ...importCommands(ctx),
    ...peopleCommands(ctx),
    ...letterCommands(ctx),
    ...bulkCommands(ctx),
    ...operationCommands(ctx),
  ];
}

function dataCommands(ctx: NotifyContext): ModuleCommand[] {
  return [
    {
      name: 'insert-inbound-numbers',
      summary: 'Add numbers that services can receive texts on',
      options: { 'file-name': text('File with a number on each line', { short: 'f', required: true }) },
      run: async (values, print) => {
        const lines = (await readFile(textOf(values, 'file-name'), 'utf8')).split(/\r?\n/);
        const result = await insertInboundNumbers(ctx, lines);
        print(
          `Added ${result.added} numbers; ${result.known} were there; ${result.refused.length} are no numbers`,
        );
        return result;
      },
    },
    {
      name: 'rebuild-ft-billing-for-day',
      summary: 'Make billing facts of a London day anew',
      options: {
        'service-id': text('Of this service alone', { short: 's' }),
        day: text('YYYY-MM-DD', { short: 'd', required: true }),
      },
      run: async (values, print) => {
        const day = dayOf(values, 'day');
        const service = values['service-id'] === undefined ? undefined : uuidOf(values, 'service-id');
        await rebuildBilling(ctx, day, service);
        print(`Billing facts of ${day} are new`);
        return { day };
      },
    },
    {
      name: 'populate-annual-billing-with-the-previous-years-allowance',
      summary: 'Give every service its free allowance for a financial year',
      options: { year: text('The year in which it begins', { short: 'y', required: true }) },
      run: async (values, print) => {
        const services = await populateAllowances(ctx, numberOf(values, 'year'));
        print(`${services} services got an allowance`);
        return { services };
      },
    },
    {
      name: 'fix-billable-units',
      summary: 'Count the fragments of sent texts that have none',
      options: {},
      run: async (_values, print) => {
        const fixed = await fixBillableUnits(ctx);
        print(`Counted ${fixed} texts`);
        return { fixed };
      },
    },
  ];
}

function letterCommands(ctx: NotifyContext): ModuleCommand[] {
  const notification = { 'notification-id': text('The letter', { short: 'n', required: true }) };
  return [
    {
      name: 'replay-create-pdf-for-templated-letter',
      summary: 'Make the PDF of a letter again',
      options: notification,
      run: async (values, print) => {
        const id = uuidOf(values, 'notification-id');
        await ctx.jobs.enqueue(null, createLetterPdfTask, [{ payload: { id }, key: id }]);
        print('Queued');
        return { id };
      },
    },
    {
      name: 'recreate-pdf-for-precompiled-or-uploaded-letter',
      summary: 'Scan and check a letter that came as PDF again',
      options: notification,
      run: async (values, print) => {
        const id = uuidOf(values, 'notification-id');
        await ctx.jobs.enqueue(null, checkPrecompiledTask, [{ payload: { id }, key: id }]);
        print('Queued');
        return { id };
      },
    },
    {
      name: 'print-letter-again',
      summary: 'Let a letter that failed or got stuck go with the next print run',
      options: notification,
      run: async (values, print) => {
        const id = uuidOf(values, 'notification-id');
        if (!(await printLetterAgain(ctx, id, ACTOR))) {
          throw new CommandRefusal('Only a letter in technical-failure or sending can be printed again');
        }
        print('The letter goes with the next print run');
        return { id };
      },
    },
    {
      name: 'replay-letters-in-error',
      summary: 'Scan letters again whose scan or check ended in an error; all of them without an id',
      options: { 'notification-id': text('One letter', { short: 'n' }) },
      run: async (values, print) => {
        const id = values['notification-id'] === undefined ? undefined : uuidOf(values, 'notification-id');
        const letters = await replayLettersInError(ctx, { id, actor: ACTOR });
        for (const letter of letters) print(letter);
        print(`${letters.length} letters are scanned again`);
        return letters;
      },
    },
    {
      name: 'get-notification-and-service-ids-for-letters-that-failed-to-print',
      summary: 'Say whose letters the files are that the printer could not print',
      options: { 'file-name': text('File with a file name on each line', { short: 'f', required: true }) },
      run: async (values, print) => {
        const lines = (await readFile(textOf(values, 'file-name'), 'utf8')).split(/\r?\n/);
        const rows = await findFailedLetters(ctx, letterReferencesOf(lines));
        print('notification_id,service_id,reference');
        for (const row of rows) print(`${row.id},${row.service_id},${row.reference}`);
        return rows;
      },
    },
  ];
}

function bulkCommands(ctx: NotifyContext): ModuleCommand[] {
  return [
    {
      name: 'bulk-send',
      summary: 'Check a file of recipients and send a template to all of them',
      options: {
        service: text('The service', { short: 's', required: true }),
        template: text('Its template', { short: 't', required: true }),
        file: text('csv, tsv, xlsx or ods', { short: 'f', required: true }),
        sender: text('A sender of the service; the default one without'),
        at: text('When to begin, such as 2031-03-05T09:00:00Z; at once without'),
        'check-only': { type: 'boolean', description: 'Only say what is wrong with the file' },
      },
      run: (values, print) => bulkSend(ctx, values, print),
    },
    {
      name: 'process-row-from-job',
      summary: 'Make the message of one row of a bulk send',
      options: {
        'job-id': text('The bulk send', { short: 'j', required: true }),
        'job-row-number': text('The row, from 0', { short: 'n', required: true }),
      },
      run: async (values, print) => {
        const rows = await processRows(ctx, uuidOf(values, 'job-id'), [numberOf(values, 'job-row-number')]);
        if (rows === 0) throw new CommandRefusal('There is no such bulk send or row');
        print('Done');
        return { rows };
      },
    },
    {
      name: 'archive-jobs-created-between-dates',
      summary: 'Remove the files of bulk sends of some days',
      options: {
        'start-date': text('First London day', { short: 's', required: true }),
        'end-date': text('Last London day', { short: 'e', required: true }),
      },
      run: async (values, print) => {
        const archived = await archiveBulkSendsBetween(
          ctx,
          dayOf(values, 'start-date'),
          dayOf(values, 'end-date'),
        );
        print(`Archived ${archived} bulk sends`);
        return { archived };
      },
    },
  ];
}

function operationCommands(ctx: NotifyContext): ModuleCommand[] {
  return [
    {
      name: 'scheduled-tasks',
      summary: 'Show what runs by the clock and when it last did',
      options: {},
      run: async (_values, print) => {
        const runs = new Map((await listRuns(ctx.db.kysely)).map((run) => [run.task, run.finished_at]));
        const rows = schedule(ctx).map(({ name }) => ({ name, lastFinished: runs.get(name) ?? null }));
        for (const { name, lastFinished } of rows)
          print(`${name}  ${lastFinished?.toISOString() ?? 'never'}`);
        return rows;
      },
    },
    {
      name: 'run-scheduled-task',
      summary: 'Run what runs by the clock now',
      positionals: [{ name: 'task', description: 'Its name, as scheduled-tasks shows it' }],
      options: {},
      run: async (values, print) => {
        const found = schedule(ctx).find(({ name }) => name === values.task);
        if (!found)
          throw new CommandRefusal(`Nothing that runs by the clock is called ${String(values.task)}`, 2);
        await runScheduled(ctx, found, { signal: new AbortController().signal });
        print(`${found.name} has run`);
        return { task: found.name };
      },
    },
    {
      name: 'retention-dry-run',
      summary: 'Show what the next night would archive, by service, channel and status',
      options: { service: text('Of this service alone', { short: 's' }) },
      run: async (values, print) => {
        const service = values.service === undefined ? undefined : uuidOf(values, 'service');
        const rows = await previewRetention(ctx, service);
        for (const row of rows) {
          print(
            `${row.serviceId} ${row.type} ${row.keyType} ${row.status}: ${row.count} rows ${row.row}, file ${row.file}`,
          );
        }
        return rows;
      },
    },
    {
      name: 'set-provider',
      summary: 'Change the share of a provider, or take it out',
      positionals: [{ name: 'provider', description: 'mmg, firetext, smtp, ...' }],
      options: {
        priority: text('0 to 100'),
        active: text('yes or no'),
        reason: text('Why, for those who read it later'),
      },
      run: async (values, print) => {
        const provider = await changeProviderByHand(ctx, {
          identifier: String(values.provider),
          priority: values.priority === undefined ? undefined : numberOf(values, 'priority'),
          active: values.active === undefined ? undefined : values.active === 'yes',
          reason: values.reason === undefined ? undefined : String(values.reason),
          actor: ACTOR,
        });
        if (!provider) throw new CommandRefusal(`There is no provider ${String(values.provider)}`);
        print(
          `${provider.identifier}: priority ${provider.priority}, ${provider.active ? 'active' : 'inactive'}`,
        );
        return provider;
      },
    },
  ];
}

async function bulkSend(
  ctx: NotifyContext,
  values: ModuleCommandValues,
  print: (line: string) => void,
): Promise<unknown> {
  const bulk = createBulkSends(ctx);
  const serviceId = uuidOf(values, 'service');
  const path = textOf(values, 'file');
  try {
    const content = await readFile(path);
    const upload = await bulk.upload({ serviceId, fileName: basename(path), content });
    const started = performance.now();
    const senderId = values.sender === undefined ? {} : { senderId: uuidOf(values, 'sender') };
    const choice = { serviceId, uploadId: upload.id, templateId: uuidOf(values, 'template'), ...senderId };
    const check = await bulk.check(choice);
    const checkMs = Math.round(performance.now() - started);
    print(`Checked ${check.rowCount} rows in ${checkMs} ms: ${check.rowsWithErrors} with errors`);
    for (const problem of check.problems) print(problem.message);
    for (const error of check.errors) {
      const cells = error.cells.map((cell) => `${cell.column}: ${cell.message}`);
      print(`Row ${error.row + 2}: ${error.message ?? cells.join(', ')}`);
    }
    if (!check.isValid) throw new CommandRefusal('Nothing was sent');
    if (values['check-only'] === true) return { id: upload.id, checkMs, check };
    const scheduledFor = values.at === undefined ? {} : { scheduledFor: new Date(textOf(values, 'at')) };
    const send = await bulk.create({ serviceId, uploadId: upload.id, createdById: null, ...scheduledFor });
    print(`Bulk send ${send.id} is ${send.status}`);
    return { id: send.id, checkMs, status: send.status };
  } catch (error) {
    if (error instanceof BulkSendRefusal) throw new CommandRefusal(error.message);
    throw error;
  }
}
