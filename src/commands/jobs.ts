import { formatSpan } from '#platform/console';
import {
  FAILURE_STATES,
  type FailureFilter,
  InvalidPayloadError,
  type JobFailureRecord,
} from '#platform/jobs';
import type { App, Store } from '../app.ts';
import { type Command, CommandError, type CommandInput, integerOption, textOption } from './command.ts';
import { cliActor, withApp } from './connection.ts';
import { readSince } from './since.ts';

export const command: Command = {
  name: 'jobs',
  summary: 'Queues, failures, retry and redrive',
  usage: '<verb> [queue or ids] [options]',
  description: `Looks at the queues of every module and deals with jobs that failed.

  queues           What waits, runs and failed (without a verb, this one)
  pause <queue>    Starts none of its jobs until it is resumed
  resume <queue>   Goes on
  failures         Recorded failures, newest first, by the filters below
  show <id>        One failure with its attempts and payload versions
  edit <id>        Replaces the payload of a failed job: --payload '{"...": ...}'
  retry <ids>      Runs failed jobs again with all their attempts
  ignore <ids>     Ends failed jobs for good: --reason is required
  redrive          Runs all failures of a filter again; --dry-run says how many, --canary tries some first`,
  options: {
    task: { type: 'string', description: 'Filter: task, such as directory.sync_service' },
    key: { type: 'string', description: 'Filter: key of an ordered task, such as an ODS code' },
    'correlation-id': { type: 'string', description: 'Filter: correlation id' },
    cause: { type: 'string', description: 'Filter: class of the fault, such as 22001' },
    state: { type: 'string', description: `Filter: ${FAILURE_STATES.join(', ')}` },
    since: { type: 'string', description: 'Filter: failed since this time: ISO time, or 15m, 2h, 7d ago' },
    limit: { type: 'string', description: 'How many failures to list (default 100)' },
    payload: { type: 'string', description: 'edit: the new payload as JSON' },
    reason: { type: 'string', description: 'ignore: why; kept with the failure' },
    'dry-run': { type: 'boolean', description: 'redrive: count only' },
    canary: { type: 'string', description: 'redrive: run so many first, go on only if all succeed' },
    rate: { type: 'string', description: 'redrive: at most so many a second' },
    'pause-on-error-rate': {
      type: 'string',
      description: 'redrive: pause above this percentage of new failures',
    },
    json: { type: 'boolean', description: 'One JSON object a line' },
  },
  run: (input) => withApp(input, (app) => run(app, input)),
};

async function run(app: App, input: CommandInput): Promise<number> {
  const [verb = 'queues', ...targets] = input.positionals;
  switch (verb) {
    case 'queues':
      return printQueues(app, input);
    case 'pause':
    case 'resume':
      return setPause(app, verb, targets);
    case 'failures':
      return printFailures(app, input);
    case 'show':
      return showFailure(app, input, targets);
    case 'edit':
      return editFailure(app, input, targets);
    case 'retry':
      return changeFailures(app, input, targets, 'retried', (store) =>
        store.jobs.failures.retry(targets, cliActor),
      );
    case 'ignore': {
      const reason = textOption(input, 'reason');
      if (!reason) throw new CommandError('Say why: --reason "..."', 2);
      return changeFailures(app, input, targets, 'ignored', (store) =>
        store.jobs.failures.ignore(targets, reason, cliActor),
      );
    }
    case 'redrive':
      return redrive(app, input);
    default:
      throw new CommandError(`There is no "jobs ${verb}". See signalbox jobs --help`, 2);
  }
}

async function printQueues(app: App, input: CommandInput): Promise<number> {
  const queues = (await Promise.all(app.stores.map((store) => store.jobs.queues()))).flat();
  if (input.values.json) {
    for (const queue of queues) console.log(JSON.stringify(queue));
    return 0;
  }
  const width = Math.max(5, ...queues.map(({ queue }) => queue.length));
  const line = (name: string, numbers: (number | string)[], rest: string): string =>
    `${name.padEnd(width)}  ${numbers.map((text) => text.toLocaleString('en-GB').padStart(9)).join('  ')}  ${rest}`;
  console.log(line('queue', ['waiting', 'running', 'retrying', 'failed'], 'oldest waiting'));
  for (const { queue, waiting, active, retrying, failed, oldestWaitingSeconds, isPaused, outage } of queues) {
    const oldest = oldestWaitingSeconds === null ? '-' : formatSpan(oldestWaitingSeconds * 1_000);
    const note = isPaused ? ', paused' : outage ? `, waits for ${outage}` : '';
    console.log(line(queue, [waiting, active, retrying, failed], `${oldest}${note}`));
  }
  if (queues.some(({ failed }) => failed > 0)) {
    console.log('\nLook at what failed with: signalbox jobs failures --state failed');
  }
  return 0;
}

async function setPause(app: App, verb: 'pause' | 'resume', [queue]: string[]): Promise<number> {
  if (queue === undefined) throw new CommandError(`Name the queue: signalbox jobs ${verb} <queue>`, 2);
  for (const store of app.stores) {
    if (!(await store.jobs.queues()).some((known) => known.queue === queue)) continue;
    await store.jobs[verb](queue, cliActor);
    console.log(`${queue} ${verb === 'pause' ? 'is paused' : 'goes on'}; workers follow within two seconds`);
    return 0;
  }
  throw new CommandError(`There is no queue ${queue}. See signalbox jobs queues`, 2);
}

async function printFailures(app: App, input: CommandInput): Promise<number> {
  const filter = readFilter(input);
  const limit = integerOption(input, 'limit', 100);
  let printed = 0;
  for (const store of app.stores) {
    let after: string | undefined;
    do {
      const size = Math.min(200, limit - printed);
      const page = await store.jobs.failures.list(filter, { limit: size, ...(after ? { after } : {}) });
      for (const failure of page.failures)
        console.log(input.values.json ? JSON.stringify(failure) : describe(failure));
      printed += page.failures.length;
      after = page.next;
    } while (after && printed < limit);
  }
  if (input.values.json) return 0;
  if (printed === 0) {
    console.log('No failure matches.');
    return 0;
  }
  console.log(
    [
      '',
      ...(printed >= limit
        ? [`These are the newest ${printed.toLocaleString('en-GB')}; --limit shows more.`]
        : []),
      'Look at one:      signalbox jobs show <id>',
      'Run it again:     signalbox jobs retry <id>',
      'Run all of them:  signalbox jobs redrive --dry-run, with the same filters',
    ].join('\n'),
  );
  return 0;
}

function describe({
  id,
  task,
  key,
  state,
  cause,
  message,
  attemptCount,
  lastFailedAt,
}: JobFailureRecord): string {
  const what = `${task}${key === null ? '' : ` ${key}`}`;
  const attempts = `${attemptCount} ${attemptCount === 1 ? 'attempt' : 'attempts'}`;
  return `${lastFailedAt.toISOString()}  ${state.padEnd(9)}  ${id}  ${what}  ${attempts}  ${cause}: ${message}`;
}

async function findFailure(
  app: App,
  id: string | undefined,
): Promise<{ store: Store; failure: JobFailureRecord }> {
  if (id === undefined) throw new CommandError('Name the job by its id', 2);
  for (const store of app.stores) {
    const failure = /^[0-9a-f-]{36}$/i.test(id) ? await store.jobs.failures.get(id) : undefined;
    if (failure) return { store, failure };
  }
  throw new CommandError(`No failure is recorded for job ${id}`);
}

async function showFailure(app: App, input: CommandInput, [id]: string[]): Promise<number> {
  const { failure } = await findFailure(app, id);
  console.log(JSON.stringify(failure, null, input.values.json ? 0 : 2));
  return 0;
}

async function editFailure(app: App, input: CommandInput, [id]: string[]): Promise<number> {
  const text = textOption(input, 'payload');
  if (text === undefined) throw new CommandError('Give the new payload: --payload \'{"...": ...}\'', 2);
  let payload: unknown;
  try {
    payload = JSON.parse(text);
  } catch (error) {
    throw new CommandError(`--payload is not JSON: ${error instanceof Error ? error.message : error}`, 2);
  }
  const { store, failure } = await findFailure(app, id);
  try {
    const result = await store.jobs.failures.edit(failure.id, payload, cliActor);
    if (result !== 'edited')
      throw new CommandError(`Job ${failure.id} is ${failure.state}, so it cannot be edited`);
  } catch (error) {
    if (error instanceof InvalidPayloadError) throw new CommandError(error.message, 2);
    throw error;
  }
  console.log(`Edited. Run it again with: signalbox jobs retry ${failure.id}`);
  return 0;
}

async function changeFailures(
  app: App,
  input: CommandInput,
  ids: string[],
  done: string,
  change: (store: Store) => Promise<string[]>,
): Promise<number> {
  const wrong = ids.find((id) => !/^[0-9a-f-]{36}$/i.test(id));
  if (ids.length === 0 || wrong !== undefined)
    throw new CommandError('Name the jobs by their ids: signalbox jobs failures lists them', 2);
  const changed = (await Promise.all(app.stores.map(change))).flat();
  if (input.values.json) console.log(JSON.stringify({ [done]: changed }));
  else console.log(`${changed.length} of ${ids.length} ${done}`);
  return changed.length === ids.length ? 0 : 1;
}

async function redrive(app: App, input: CommandInput): Promise<number> {
  const filter = readFilter(input);
  const errorPercent = textOption(input, 'pause-on-error-rate');
  for (const store of app.stores) {
    const { id, matched } = await store.jobs.failures.redrive(filter, {
      actor: cliActor,
      dryRun: input.values['dry-run'] === true,
      canary: integerOption(input, 'canary', 0),
      ...(textOption(input, 'rate') === undefined ? {} : { ratePerSecond: integerOption(input, 'rate', 0) }),
      ...(errorPercent === undefined
        ? {}
        : { pauseOnErrorRate: integerOption(input, 'pause-on-error-rate', 0) / 100 }),
    });
    if (input.values.json) console.log(JSON.stringify({ store: store.name, id: id ?? null, matched }));
    else if (id === undefined)
      console.log(`${matched} failures match; nothing was changed. Without --dry-run they are run again.`);
    else console.log(`Redrive ${id}: ${matched} failures are run again in the background`);
  }
  return 0;
}

function readFilter(input: CommandInput): FailureFilter {
  const state = textOption(input, 'state');
  const known = FAILURE_STATES.find((candidate) => candidate === state);
  if (state !== undefined && known === undefined) {
    throw new CommandError(`--state must be one of ${FAILURE_STATES.join(', ')}`, 2);
  }
  const since = textOption(input, 'since');
  const text = (option: string, field: string) => {
    const value = textOption(input, option);
    return value === undefined ? {} : { [field]: value };
  };
  return {
    ...text('task', 'task'),
    ...text('key', 'key'),
    ...text('correlation-id', 'correlationId'),
    ...text('cause', 'cause'),
    ...(known ? { state: known } : {}),
    ...(since === undefined ? {} : { since: readSince(since) }),
  };
}
