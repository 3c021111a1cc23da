import { randomBytes, randomInt } from 'node:crypto';
import { type Command, CommandError, type CommandInput, integerOption, textOption } from './command.ts';
import { withApp } from './connection.ts';
import { type DirectoryDemoResult, runDirectoryDemo } from './demo-directory.ts';
import { createProgressLine } from './progress.ts';
import { withRunningInstance } from './running-instance.ts';

export const command: Command = {
  name: 'demo',
  summary: 'Drive records through a module and watch',
  usage: 'directory [--events 2000] [--json]',
  description:
    'Sends change events for real pharmacy codes as NHS.uk does, waits until the last one is dealt with, and checks\n' +
    'that every accepted event was applied, reported or recorded as a failure, in order for each pharmacy.\n' +
    'Uses the running instance; starts one for the time of the demo when there is none.',
  options: {
    events: { type: 'string', description: 'How many change events (default 2000)' },
    rate: { type: 'string', description: 'Events a second; 0 (default) is as fast as answers come' },
    connections: { type: 'string', description: 'Connections that send at the same time (default 40)' },
    poison: {
      type: 'string',
      description: 'Share of events that cannot be processed, in percent (default 5)',
    },
    pharmacies: { type: 'string', description: 'Codes of the first so many pharmacies (default 10363)' },
    seed: { type: 'string', description: 'Number that decides which events are drawn (default random)' },
    json: { type: 'boolean', description: 'Print one JSON document, no progress' },
  },
  run,
};

async function run(input: CommandInput): Promise<number> {
  const [module] = input.positionals;
  if (module !== 'directory') throw new CommandError('Usage: signalbox demo directory [--events 2000]', 2);
  const isJson = input.values.json === true;
  const progress = createProgressLine({ isQuiet: isJson });
  const poisonPercent = integerOption(input, 'poison', 5);
  if (poisonPercent > 100) throw new CommandError('--poison is a percentage', 2);

  const result = await withRunningInstance(input, (instance) =>
    withApp({ ...input, environment: { ...input.environment, ...instance.environment } }, (app) =>
      runDirectoryDemo(app, {
        url: instance.urlOf('directory'),
        events: integerOption(input, 'events', 2_000),
        rate: integerOption(input, 'rate', 0),
        connections: integerOption(input, 'connections', 40),
        poisonShare: poisonPercent / 100,
        pharmacies: integerOption(input, 'pharmacies', 10_363),
        seed:
          textOption(input, 'seed') === undefined ? randomInt(1_000_000) : integerOption(input, 'seed', 1),
        runId: `demo-${randomBytes(4).toString('hex')}`,
        progress,
      }),
    ),
  );
  console.log(isJson ? JSON.stringify(result) : describe(result, input));
  return result.isComplete && result.orderViolations === 0 ? 0 : 1;
}

function describe(result: DirectoryDemoResult, input: CommandInput): string {
  const base = `http://${input.environment.SIGNALBOX_HOST ?? '127.0.0.1'}:${input.environment.SIGNALBOX_PORT_BASE ?? '8080'}`;
  const { intake, processing } = result;
  const number = (value: number): string => value.toLocaleString('en-GB');
  const rows: [string, string][] = [
    ['Sent', `${number(intake.sent)} change events in ${intake.seconds} s (${number(intake.perSecond)}/s)`],
    [
      'Answered',
      `p50 ${intake.latencyMs.p50} ms, p95 ${intake.latencyMs.p95} ms, p99 ${intake.latencyMs.p99} ms`,
    ],
    [
      'Accepted',
      `${number(intake.accepted)}, of which ${number(intake.duplicates)} were retries of an earlier one`,
    ],
    [
      'Applied',
      `${number(processing.updatesDone)} service updates, ${number(processing.servicesWritten)} services written, ${number(processing.fieldsWritten)} fields`,
    ],
    [
      'Reported',
      `${number(processing.stale)} out of date, ${number(processing.unmatched)} without a service in DoS, ${number(processing.rejected)} not valid`,
    ],
    ['Failures', `${number(processing.failed)} recorded after their last attempt`],
    [
      'Speed',
      `${number(processing.eventsPerSecond)} events/s from acceptance to the directory row, ${number(processing.updatesPerSecond)} updates/s; p50 ${processing.latencyMs.p50 ?? '-'} ms, p99 ${processing.latencyMs.p99 ?? '-'} ms`,
    ],
    [
      'Order',
      result.orderViolations === 0
        ? 'kept for every service'
        : `${number(result.orderViolations)} violations`,
    ],
    [
      'Complete',
      result.isComplete
        ? 'yes: nothing accepted is missing'
        : `NO: ${number(result.missing)} accepted events have no end`,
    ],
  ];
  return [
    '',
    ...rows.map(([name, value]) => `  ${name.padEnd(10)} ${value}`),
    '',
    `  Journey    ${base}/register/journeys/${result.exampleCorrelationId}`,
    `  Failures   ${base}/failures`,
    '',
  ].join('\n');
}
