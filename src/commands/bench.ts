import { spawn } from 'node:child_process';
import { type Command, CommandError } from './command.ts';
import { noOptions } from './roles.ts';

/** Each is a program of its own in `bench/`, so that one cannot warm or burden the next. */
const BENCHMARKS: Record<string, string> = {
  jobs: 'Job engine: unordered, ordered, short and long backlog',
  pipeline: 'Change events over HTTP to committed directory rows',
  'directory-sync': 'Compare and write a batch of services',
  'events-search': 'Search in the register at a million events',
  'dry-run': 'Compare a snapshot of 100,000 services with the directory',
  lists: 'Reservations of gifts under contention and across lists, and the page of a list',
  'notify-content': 'Read recipients and render messages and letters',
  start: 'Cold and warm start, idle memory',
  'parties-write': 'Creation of teams and products, search of a large team',
  'parties-load': 'Bulk load of 250,000 teams and products',
  'parties-lookup': 'Look-ups by id and alias among a million products',
  'notify-kills': 'kill -9 of every process while texts and emails are sent',
  'notify-bulk': 'Check and send to 100,000 recipients with kill -9 of every process on the way',
  'notify-retention': 'Archive ten million old messages while texts are sent',
  notify: 'Emails over HTTP to a mail server, accepted and delivered',
  migration: 'A whole migration of 200,000 visits, and a second run that has to find nothing to do',
  'migration-reconcile': 'Compare a million records of source and target',
  'migration-races': 'A thousand identical adjustment events at once',
  'migration-kills': 'kill -9 of workers, web and database during a migration of 50,000 visits',
  'migration-tables': 'Ledger and mappings for one record, at ten thousand and ten million mappings',
  kills: 'kill -9 of every process during 20,000 events',
  chaos: 'Break a part of the directory, mend it, and judge; `chaos list` names the scenarios',
  'directory-load': 'Load or stress test of a running directory, in the shape of the original',
  'release-switch': 'Switch releases under 500 events a second, and roll back',
};

/** Not figures but verdicts, which take their time. */
const REHEARSALS = [
  'kills',
  'notify-kills',
  'notify-bulk',
  'notify-retention',
  'migration-kills',
  'chaos',
  'directory-load',
  'release-switch',
];

const NAME_WIDTH = Math.max(...Object.keys(BENCHMARKS).map((name) => name.length));

function linesOf(isListed: (name: string) => boolean): string {
  const listed = Object.entries(BENCHMARKS).filter(([name]) => isListed(name));
  return listed.map(([name, what]) => `  ${name.padEnd(NAME_WIDTH)}  ${what}`).join('\n');
}

export const command: Command = {
  name: 'bench',
  summary: 'Measure the hot paths',
  usage: '[name] [options of the benchmark]',
  description:
    'Runs one benchmark, or all that measure, on embedded servers of their own with durable commits, prints the figures\n' +
    'beside the last committed ones and writes them to bench/results.\n\n' +
    'Measurements:\n' +
    linesOf((name) => !REHEARSALS.includes(name)) +
    '\n\nRehearsals, which take their time and run only when named:\n' +
    linesOf((name) => REHEARSALS.includes(name)),
  options: noOptions,
  run: async (input) => {
    const [name, ...args] = input.positionals;
    if (name !== undefined && !(name in BENCHMARKS))
      throw new CommandError(`There is no benchmark "${name}". See signalbox bench --help`, 2);
    const names =
      name === undefined ? Object.keys(BENCHMARKS).filter((other) => !REHEARSALS.includes(other)) : [name];
    for (const next of names) {
      const file = new URL(`../../bench/${next}.ts`, import.meta.url).pathname;
      const child = spawn(process.execPath, [...process.execArgv, file, ...args], { stdio: 'inherit' });
      const { promise: ended, resolve } = Promise.withResolvers<number>();
      child.once('exit', (code) => resolve(code ?? 1));
      const code = await ended;
      if (code !== 0) return code;
    }
    return 0;
  },
};
