import type { ModuleCommand } from '#platform/module';
import type { DirectoryContext } from '../context.ts';
import { selectAlarms } from './alarm-queries.ts';
import { checkAlarms } from './check-alarms.ts';
import { prometheusRules } from './prometheus-rules.ts';

/** `signalbox directory alarm-rules`: for a Prometheus that alerts in place of the built-in check, or beside it. */
export function alarmRulesCommand(): ModuleCommand {
  return {
    name: 'alarm-rules',
    summary: 'Print the alarms as a Prometheus rule file',
    options: {},
    run: async (_values, print) => {
      const rules = prometheusRules();
      print(rules.trimEnd());
      return { rules };
    },
  };
}

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
