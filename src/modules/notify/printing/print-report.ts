// What the printer reports on a letter: internals sections 3.5 and 6.10.5.
import type { Job, JobOutcome, TaskRun } from '#platform/jobs';
import { londonDay } from '../calendar/london.ts';
import type { NotifyContext } from '../context.ts';
import { BadRequestError } from '../errors.ts';
import {
  anything,
  type Check,
  isObject,
  type ObjectSchema,
  object,
  oneOf,
  text,
  uuid,
  validate,
} from '../requests/schema.ts';
import type { PrintReportPayload } from '../tasks/definitions.ts';
import { changePrinted, upsertDespatch } from './printing-queries.ts';

const POSTAGE_CLASSES = ['1ST', '2ND', 'INTERNATIONAL'];
const MAILING_PRODUCTS = [
  'UNCODED',
  'MM UNSORTED',
  'UNSORTED',
  'MM',
  'INT EU',
  'INT ROW',
  'UNSORTEDE',
  'MM ECONOMY',
];
/** Sorted mail costs less. */
const SORTED_PRODUCTS = new Set(['MM', 'MM ECONOMY']);
const TRANSITION_DATE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;

const dateTime: Check = (value) =>
  typeof value === 'string' && !Number.isNaN(Date.parse(value)) && /^\d{4}-\d{2}-\d{2}T/.test(value)
    ? []
    : ['is not a valid date-time'];
const transitionDate: Check = (value) =>
  typeof value === 'string' && TRANSITION_DATE.test(value) && !Number.isNaN(Date.parse(value))
    ? []
    : ['does not match ^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}Z$'];

const REPORT: ObjectSchema = {
  properties: [
    ['id', text],
    ['time', dateTime],
    ['dataContentType', oneOf(['application/json'])],
    ['metadata', object],
    ['data', object],
  ],
  required: ['id', 'time', 'metadata', 'data'],
  allowsOthers: true,
};
const METADATA: ObjectSchema = {
  properties: [['correlationId', text]],
  required: ['correlationId'],
  allowsOthers: true,
};
const DATA: ObjectSchema = {
  properties: [
    ['jobId', uuid],
    ['jobStatus', oneOf(['DESPATCHED', 'REJECTED'])],
    ['transitionDate', transitionDate],
    ['jobType', text],
    ['templateReference', text],
    ['comment', text],
    ['despatchProperties', anything],
  ],
  required: ['jobId', 'jobStatus', 'transitionDate'],
  allowsOthers: true,
};
const PROPERTIES: ObjectSchema = {
  properties: [
    ['totalSheets', (value) => (/^\d{1,4}$/.test(String(value)) ? [] : ['is not a number of sheets'])],
    ['postageClass', oneOf(POSTAGE_CLASSES)],
    ['mailingProduct', oneOf(MAILING_PRODUCTS)],
  ],
  required: ['totalSheets', 'postageClass', 'mailingProduct'],
  allowsOthers: true,
};

/** The report in a request's body; throws a ValidationError for what does not fit, and a 400 for another letter's. */
export function readPrintReport(body: unknown, letterId: string): PrintReportPayload {
  const fields = validate(REPORT, body);
  validate(METADATA, fields.metadata);
  const data = validate(DATA, fields.data);
  if (String(data.jobId).toLowerCase() !== letterId) {
    throw new BadRequestError('Notification ID in letter callback data does not match ID in token');
  }
  if (data.jobStatus === 'REJECTED') return { id: letterId, status: 'REJECTED' };
  const properties = validate(PROPERTIES, propertiesOf(data.despatchProperties));
  const isSorted =
    properties.postageClass === '2ND' && SORTED_PRODUCTS.has(String(properties.mailingProduct));
  return {
    id: letterId,
    status: 'DESPATCHED',
    sheets: Number(properties.totalSheets),
    // When it became despatched, and not the day of the production run.
    despatchedOn: londonDay(new Date(String(data.transitionDate))),
    costThreshold: isSorted ? 'sorted' : 'unsorted',
  };
}

function propertiesOf(list: unknown): Record<string, unknown> {
  const entries = Array.isArray(list) ? list : [];
  return Object.fromEntries(entries.filter(isObject).map((entry) => [String(entry.key), entry.value]));
}

/** The run of `notify.process_letter_callback`: a report that comes twice changes nothing the second time. */
export function processPrintReports(ctx: NotifyContext) {
  return async (jobs: Job<PrintReportPayload>[], run: TaskRun): Promise<JobOutcome[]> => {
    for (const job of jobs) await processOne(ctx, job, run);
    return jobs.map((job) => ({ id: job.id, status: 'completed' }));
  };
}

async function processOne(ctx: NotifyContext, job: Job<PrintReportPayload>, run: TaskRun): Promise<void> {
  const report = job.payload;
  const now = ctx.clock.now();
  const status = report.status === 'DESPATCHED' ? 'delivered' : 'technical-failure';
  const row = await ctx.db.kysely.transaction().execute(async (trx) => {
    const changed = await changePrinted(trx, { id: report.id, status, now });
    if (changed && report.despatchedOn !== undefined) {
      await upsertDespatch(trx, {
        notificationId: report.id,
        day: report.despatchedOn,
        costThreshold: report.costThreshold ?? 'unsorted',
      });
    }
    if (changed) {
      await ctx.events.append(trx, [
        {
          name: `notification.${status}`,
          correlationId: changed.correlation_id,
          subjects: [changed.id, changed.service_id],
          properties: { type: 'letter', provider: 'dvla' },
        },
      ]);
    }
    await run.complete(trx, [job.id]);
    return changed;
  });
  const facts = { notificationId: report.id, provider: 'dvla', providerStatus: report.status };
  if (!row) ctx.log.info(facts, 'duplicate receipt');
  else if (status === 'technical-failure') ctx.log.error(facts, 'letter rejected by the printer');
  else if (report.sheets !== row.billable_units) {
    ctx.log.error(
      { ...facts, sheets: report.sheets, billableUnits: row.billable_units },
      'sheets differ from ours',
    );
  }
}
