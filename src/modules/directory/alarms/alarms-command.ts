import type { ModuleCommand } from '#platform/module';
import type { DirectoryContext } from '../context.ts';
import { selectAlarms } from './alarm-queries.ts';
import { checkAlarms } from './check-alarms.ts';

/** `signalbox directory alarms`: what is wrong now, and since when. */
export function alarmsCommand(ctx: DirectoryContext): ModuleCommand {
  return {
    name: 'alarms',
    summary: 'List the alarms, those that are raised first',
    options: {
      check: { type: 'boolean', description: 'Evaluate them now instead of waiting for the worker' },
      raised: { type: 'boolean', description: 'Only those that are raised' },
    },
    run: async ({ check, raised }, print) => {
      if (check) await checkAlarms(ctx);
      const alarms = (await selectAlarms(ctx.db.kysely)).filter(({ isAlarm }) => isAlarm || !raised);
      for (const { name, isAlarm, since } of alarms) {
        print(`${isAlarm ? 'ALARM' : 'ok   '}  ${since.toISOString()}  ${name}`);
      }
      if (alarms.length === 0) print(raised ? 'No alarm is raised.' : 'No alarm was checked yet.');
      return alarms.map(({ name, isAlarm, since, checkedAt }) => ({
        name,
        state: isAlarm ? 'ALARM' : 'OK',
        since,
        checkedAt,
      }));
    },
  };
}
