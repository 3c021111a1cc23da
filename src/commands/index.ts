import type { Command } from './command.ts';

/** Every command and the file it lives in; loaded only when asked for, so that `--help` stays quick. */
const COMMANDS: Record<string, { summary: string; load: () => Promise<{ command: Command }> }> = {
  start: { summary: 'Run everything on this machine', load: () => import('./start.ts') },
  web: { summary: 'Run the listeners only', load: () => import('./web.ts') },
  worker: { summary: 'Run background work only', load: () => import('./worker.ts') },
  simulators: {
    summary: 'Run the stand-ins for outside systems only',
    load: () => import('./simulators.ts'),
  },
  migrate: { summary: 'Bring the database schemas up to date', load: () => import('./migrate.ts') },
  apply: { summary: 'Set up what a YAML file declares', load: () => import('./apply.ts') },
  operators: { summary: 'List operators, or make a one-time sign-in', load: () => import('./operators.ts') },
  demo: { summary: 'Drive records through a module and watch', load: () => import('./demo.ts') },
  bench: { summary: 'Measure the hot paths', load: () => import('./bench.ts') },
  events: { summary: 'Search or follow the register', load: () => import('./events.ts') },
  jobs: { summary: 'Queues, failures, retry and redrive', load: () => import('./jobs.ts') },
  db: { summary: 'Print database addresses', load: () => import('./db.ts') },
  backup: { summary: 'Copy the embedded database while it runs', load: () => import('./backup.ts') },
  restore: { summary: 'Bring a backup back', load: () => import('./restore.ts') },
};

/** A command of our own, or else the module of that name, which has commands of its own. */
export async function findCommand(name: string): Promise<Command | undefined> {
  const known = COMMANDS[name];
  if (known) return (await known.load()).command;
  const { findModuleCommands } = await import('./module-commands.ts');
  return findModuleCommands(name);
}

export function describeCommands(): string {
  const width = Math.max(...Object.keys(COMMANDS).map((name) => name.length));
  const lines = Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`);
  return [
    'Usage: signalbox <command> [options]',
    '',
    ...lines,
    `  ${'<module>'.padEnd(width)}  Commands of notify, parties, directory, migration or lists: signalbox <module> --help`,
    '',
    'signalbox <command> --help says more about one. Settings are environment variables: see docs/operations.md.',
    'To begin: npm start in one terminal, then npx signalbox demo directory in another.',
  ].join('\n');
}

export function describeCommand(command: Command): string {
  const rows = Object.entries(command.options).map(([name, option]) => {
    const flag = `--${name}${option.type === 'string' ? ' <value>' : ''}`;
    return [option.short ? `-${option.short}, ${flag}` : flag, option.description] as const;
  });
  const width = Math.max(6, ...rows.map(([flag]) => flag.length));
  return [
    `Usage: signalbox ${command.name}${command.usage ? ` ${command.usage}` : ''}`,
    '',
    command.description ?? command.summary,
    '',
    'Options:',
    ...rows.map(([flag, description]) => `  ${flag.padEnd(width)}  ${description}`),
    `  ${'--help'.padEnd(width)}  Show this text`,
  ].join('\n');
}
