import type { DirectoryContext } from '../context.ts';
import { readDosLoad } from '../dos/load-queries.ts';
import { type DirectoryEvent, directoryEvent } from '../events.ts';
import type { SlackAlarm } from '../slack/slack-message.ts';
import { ingestChangeEventTask, matchServicesTask, syncServiceTask } from '../tasks/definitions.ts';
import { sendSlackMessageTask } from '../tasks/operation-definitions.ts';
import { lockAlarms, selectLastCheck, updateAlarms } from './alarm-queries.ts';
import { type AlarmRule, SIGNALS } from './alarm-rules.ts';
import { type AlarmVerdict, evaluateAlarms } from './evaluate-alarms.ts';
import { isQualityCheckMissed } from './missed-quality-check.ts';

const HEALTH_TIMEOUT_MS = 4_000;
/** The health check of the original runs twice a minute and is down after five failures; ours has to fail twice. */
const HEALTH_TRIES = 2;

/**
 * Looks at the endpoint and the queues, evaluates all alarms and hands what Slack has to be told to its task. The new
 * states and the messages are one transaction, so no change is told twice or not at all.
 */
export async function checkAlarms(ctx: DirectoryContext): Promise<{ name: string; isAlarm: boolean }[]> {
  await takeSamples(ctx);
  await ctx.signals.flush();
  const now = ctx.clock.now();
  const gapSeconds = await secondsSinceLastCheck(ctx, now);
  const verdicts = await evaluateAlarms(ctx.db.kysely, ctx.alarms.rules, { ...ctx.alarms, now, gapSeconds });
  const named = verdicts.map((verdict) => ({ ...verdict, name: alarmName(ctx, verdict.rule) }));
  const events = await ctx.db.kysely.transaction().execute(async (trx) => {
    const known = await lockAlarms(
      trx,
      named.map(({ name }) => name),
      now,
    );
    const changed = named.filter(({ name, isAlarm }) => known.get(name)?.isAlarm !== isAlarm);
    const told = changed.filter(isTold);
    await updateAlarms(trx, named, now);
    const changes = changed.map((verdict) => changeEvent(verdict));
    await ctx.events.append(trx, changes);
    await ctx.jobs.enqueue(
      trx,
      sendSlackMessageTask,
      told.map((verdict) => ({ payload: toSlackAlarm(verdict, now) })),
    );
    return changes;
  });
  ctx.contractLog.print('slack-messenger', events);
  return named.map(({ name, isAlarm }) => ({ name, isAlarm }));
}

/** While no worker runs, as after a start, nothing is evaluated. */
const LONGEST_GAP_SECONDS = 600;
/** Counts come in a little later than what they count, and are kept by slots. */
const OVERLAP_SECONDS = 10;

async function secondsSinceLastCheck(ctx: DirectoryContext, now: Date): Promise<number> {
  const last = await selectLastCheck(ctx.db.kysely);
  const seconds = last === null ? LONGEST_GAP_SECONDS : (now.getTime() - last.getTime()) / 1_000;
  return Math.ceil(Math.min(Math.max(seconds, 0) + OVERLAP_SECONDS, LONGEST_GAP_SECONDS));
}

/** `uec-dos-int | <environment> | <title>` */
function alarmName(ctx: DirectoryContext, { scope, title }: AlarmRule): string {
  return `uec-dos-int | ${ctx.alarms.environments[scope]} | ${title}`;
}

function isTold({ rule, isAlarm }: AlarmVerdict): boolean {
  return rule.tells === 'both' || rule.tells === (isAlarm ? 'alarm' : 'recovery');
}

function toSlackAlarm({ name, rule, isAlarm }: AlarmVerdict & { name: string }, now: Date): SlackAlarm {
  return {
    name,
    state: isAlarm ? 'ALARM' : 'OK',
    description: rule.description,
    timeMs: now.getTime(),
  };
}

function changeEvent({ name, rule, isAlarm }: AlarmVerdict & { name: string }): DirectoryEvent {
  return directoryEvent(
    isAlarm ? 'alarm.raised' : 'alarm.ended',
    { correlationId: null, odsCode: null },
    isAlarm ? 'Alarm raised' : 'Alarm ended',
    { level: isAlarm ? 'WARNING' : 'INFO', alarm: name, description: rule.description },
    [name],
  );
}

const PIPELINE = [ingestChangeEventTask.name, matchServicesTask.name, syncServiceTask.name];

/** What nobody counts as it happens: how long the queues keep their oldest jobs, and whether the endpoint answers. */
async function takeSamples(ctx: DirectoryContext): Promise<void> {
  const states = await ctx.jobs.queues(PIPELINE);
  for (const [queue, scope, { age, waiting }] of [
    [
      ingestChangeEventTask.name,
      'shared',
      { age: SIGNALS.changeEventAge, waiting: SIGNALS.changeEventsWaiting },
    ],
    [matchServicesTask.name, 'release', { age: SIGNALS.holdingAge, waiting: SIGNALS.holdingWaiting }],
    [
      syncServiceTask.name,
      'release',
      { age: SIGNALS.updateRequestAge, waiting: SIGNALS.updateRequestsWaiting },
    ],
  ] as const) {
    const state = states.find((other) => other.queue === queue);
    const oldest = state?.oldestWaitingSeconds ?? null;
    if (oldest !== null) ctx.signals.measure(scope, age, oldest);
    if (state) ctx.signals.measure(scope, waiting, state.waiting + state.retrying);
  }
  await sampleDos(ctx);
  if (states.some(({ outage }) => outage !== null)) {
    ctx.signals.count('release', SIGNALS.dosOutage);
  }
  if (await isQualityCheckMissed(ctx)) ctx.signals.count('release', SIGNALS.scheduleFailed);
  if (!(await doesEndpointAnswer(ctx))) ctx.signals.count('shared', SIGNALS.healthCheckFailed);
}

/** What a client can see of the load on DoS. While DoS is away there is nothing to see. */
async function sampleDos({ dos, signals, metrics, log }: DirectoryContext): Promise<void> {
  try {
    const { connections, lagSeconds } = await readDosLoad(dos.reader.kysely);
    signals.measure('release', SIGNALS.dosConnections, connections);
    metrics.dosConnections.set(connections);
    if (lagSeconds === null) return;
    signals.measure('release', SIGNALS.dosReplicaLag, lagSeconds);
    metrics.dosReplicaLag.set(lagSeconds);
  } catch (error) {
    log.debug({ err: error }, 'the load on DoS is not known');
  }
}

async function doesEndpointAnswer({ alarms, outgoing, log }: DirectoryContext): Promise<boolean> {
  if (alarms.healthCheckUrl === undefined) return true;
  for (let left = HEALTH_TRIES; left > 0; left -= 1) {
    try {
      const { status } = await outgoing.call({
        target: 'directory-endpoint',
        url: alarms.healthCheckUrl,
        method: 'GET',
        timeoutMs: HEALTH_TIMEOUT_MS,
      });
      if (status < 500) return true;
    } catch (error) {
      log.debug({ err: error }, 'the endpoint does not answer');
    }
  }
  return false;
}
