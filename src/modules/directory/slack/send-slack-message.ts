import { OutgoingCallError } from '#platform/http';
import { type Job, RefusedError } from '#platform/jobs';
import type { DirectoryContext } from '../context.ts';
import { lineOnly } from '../events.ts';
import { factsOfJob } from '../tasks/job-facts.ts';
import { type SlackAlarm, slackMessage } from './slack-message.ts';

const TIMEOUT_MS = 5_000;

/**
 * Posts one alarm to Slack (8.6). Whatever Slack answers ends the job, as does a time-out: the message may be there. Only
 * a post that cannot have arrived is tried again, so a message comes once; one whose worker is killed meanwhile is sent
 * again, because an alarm that is lost would be worse than one that comes twice.
 */
export async function sendSlackMessage(ctx: DirectoryContext, job: Job<SlackAlarm>): Promise<void> {
  const { slack } = ctx.alarms;
  const facts = factsOfJob(job, null);
  const print = (level: string, message: string, fields: Record<string, unknown>) =>
    ctx.contractLog.print('slack-messenger', [
      lineOnly('alarm.told', facts, { level, message, fields: { alarm: job.payload.name, ...fields } }),
    ]);
  if (slack.webhookUrl === undefined) {
    print('WARNING', 'No Slack webhook is set, so nobody is told', {});
    return;
  }
  try {
    const { status, body } = await ctx.outgoing.call({
      target: 'slack',
      url: slack.webhookUrl,
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify(slackMessage(job.payload, slack)),
      timeoutMs: TIMEOUT_MS,
    });
    print(status < 300 ? 'INFO' : 'ERROR', 'Message sent to slack', {
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
