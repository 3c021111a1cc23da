import { OutgoingCallError } from '#platform/http';
import { type Job, RefusedError, type TaskRun } from '#platform/jobs';
import type { DirectoryContext } from '../context.ts';
import { lineOnly } from '../events.ts';
import { callOnce, endCall } from '../outside-calls/call-once.ts';
import { factsOfJob } from '../tasks/job-facts.ts';
import { type SlackAlarm, slackMessage } from './slack-message.ts';

const TIMEOUT_MS = 5_000;

/**
 * Posts one alarm to Slack (8.6), at most once. Whatever Slack answers ends the job, as does a time-out, since the
 * message may be there; only a post that cannot have arrived is tried again. One whose worker was lost meanwhile ends among the failures.
 */
export async function sendSlackMessage(
  ctx: DirectoryContext,
  job: Job<SlackAlarm>,
  run: TaskRun,
): Promise<void> {
  const { webhookUrl } = ctx.alarms.slack;
  if (webhookUrl === undefined) {
    print(ctx, job, 'WARNING', 'No Slack webhook is set, so nobody is told');
    return;
  }
  await callOnce(ctx, job.id, () => post(ctx, job, webhookUrl));
  await ctx.db.kysely.transaction().execute(async (trx) => {
    await endCall(trx, job.id);
    await run.complete(trx, [job.id]);
  });
}

async function post(ctx: DirectoryContext, job: Job<SlackAlarm>, url: string): Promise<void> {
  try {
    const { status, body } = await ctx.outgoing.call({
      target: 'slack',
      url,
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(slackMessage(job.payload, ctx.alarms.slack)),
      timeoutMs: TIMEOUT_MS,
    });
    print(ctx, job, status < 300 ? 'INFO' : 'ERROR', 'Message sent to slack', {
      status_code: status,
      response: body.toString('utf8').slice(0, 1_000),
    });
    if (status >= 300) throw new RefusedError(`Slack answered ${status}`);
  } catch (error) {
    if (error instanceof OutgoingCallError && error.mayHaveArrived) {
      throw new RefusedError('Slack gave no answer in time', { cause: error });
    }
    throw error;
  }
}

function print(
  ctx: DirectoryContext,
  job: Job<SlackAlarm>,
  level: string,
  message: string,
  fields: Record<string, unknown> = {},
): void {
  ctx.contractLog.print('slack-messenger', [
    lineOnly('alarm.told', factsOfJob(job, null), {
      level,
      message,
      fields: { alarm: job.payload.name, ...fields },
    }),
  ]);
}
