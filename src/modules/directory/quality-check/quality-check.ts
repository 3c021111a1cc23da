import { uuidV7 } from '#platform/http';
import type { Job, JobOutcome } from '#platform/jobs';
import type { DirectoryContext } from '../context.ts';
import { findRegions } from '../dos/surroundings-queries.ts';
import type { DirectoryEvent, EventFacts } from '../events.ts';
import type { LogLine } from '../reports/log-line.ts';
import { regionsNeeded, reportLine } from '../reports/report.ts';
import { checkQualityTask, type QualityCheckPayload } from '../tasks/definitions.ts';
import { lineEvent } from '../tasks/line-event.ts';
import { findQualityIssues } from './quality-rules.ts';
import { finishQualityRun, insertQualityRun } from './quality-run-queries.ts';

export interface QualityCheckResult {
  /** On every line and event of the run. */
  function_request_id: string;
  findings: Record<string, unknown>[];
}

/** Has the worker check; the id names the run in the register, in the log and in the console. */
export async function requestQualityCheck(ctx: DirectoryContext, startedBy: string): Promise<string> {
  const id = uuidV7();
  await ctx.jobs.enqueue(null, checkQualityTask, [{ payload: { runId: id, startedBy } }]);
  return id;
}

/** The task, weekly or asked for. Limit 15 minutes (spec section 5.3). */
export function checkQuality(ctx: DirectoryContext) {
  return async (jobs: Job<QualityCheckPayload>[]): Promise<JobOutcome[]> => {
    for (const { id, payload } of jobs) {
      await runQualityCheck(ctx, { id: payload.runId ?? id, startedBy: payload.startedBy ?? 'Schedule' });
    }
    return jobs.map(({ id }) => ({ id, status: 'completed' as const }));
  };
}

/**
 * One run of the quality checker: spec section 6.15. Reads the directory through the reader, reports every issue, and
 * keeps them for the console. A fault is reported and thrown again.
 */
export async function runQualityCheck(
  ctx: DirectoryContext,
  run: { id: string; startedBy: string },
): Promise<QualityCheckResult> {
  const { config, db, clock } = ctx;
  const facts: EventFacts = { correlationId: run.id, odsCode: null, requestId: run.id };
  const say = async (name: string, line: LogLine) => {
    const event = toEvent(ctx, name, { facts, line });
    await ctx.events.append(db.kysely, [event]);
    ctx.contractLog.print('quality-checker', [event]);
  };
  await insertQualityRun(db.kysely, { ...run, startedAt: clock.now() });
  await say('quality_check.started', { level: 'INFO', message: 'Quality checker started' });
  try {
    const reports = await findQualityIssues(ctx.dos.reader.kysely, {
      letter: config.odsCodeStartingCharacter,
      palliativeExemptTypes: config.palliativeExemptTypes.map(Number),
    });
    const regions = await findRegions(ctx.dos.reader.kysely, regionsNeeded(reports));
    const lines = reports.map((report) => reportLine(report, regions));
    await report(ctx, { id: run.id, facts, lines });
    return { function_request_id: run.id, findings: lines.map(({ fields = {} }) => fields) };
  } catch (error) {
    const fault = error instanceof Error ? error.message : String(error);
    await finishQualityRun(db.kysely, run.id, { finishedAt: clock.now(), reports: [], error: fault });
    await say('quality_check.failed', {
      level: 'ERROR',
      message: 'Quality checker Errored',
      fields: { exception: fault, exception_name: error instanceof Error ? error.name : 'Error' },
      metric: 'QualityCheckerErrored',
    });
    throw error;
  }
}

/** The findings, and that the run is over, become known together. */
async function report(
  ctx: DirectoryContext,
  { id, facts, lines }: { id: string; facts: EventFacts; lines: LogLine[] },
): Promise<void> {
  const finished: LogLine = {
    level: 'WARNING',
    message: 'Quality checker finished',
    metric: 'QualityCheckerFinished',
  };
  const events: DirectoryEvent[] = [
    ...lines.map((line) => toEvent(ctx, 'report.raised', { facts, line })),
    toEvent(ctx, 'quality_check.finished', { facts, line: finished }),
  ];
  await ctx.db.kysely.transaction().execute(async (trx) => {
    await finishQualityRun(trx, id, {
      finishedAt: ctx.clock.now(),
      reports: lines.map(({ fields = {} }) => fields),
      error: null,
    });
    await ctx.events.append(trx, events);
  });
  ctx.contractLog.print('quality-checker', events);
  for (const _ of lines) ctx.metrics.reports.inc({ report_key: 'QUALITY_CHECK_REPORT_KEY' });
}

function toEvent(
  { config }: DirectoryContext,
  name: string,
  { facts, line }: { facts: EventFacts; line: LogLine },
): DirectoryEvent {
  const { dos_service_uid: uid, odscode } = line.fields ?? {};
  return lineEvent(name, facts, line, {
    environment: config.environment,
    context: { function_request_id: facts.requestId },
    subjects: [odscode, uid].filter((subject) => typeof subject === 'string'),
  });
}
