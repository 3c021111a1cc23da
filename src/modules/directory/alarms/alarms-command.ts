import type { ModuleCommand } from '#platform/module';
import type { DirectoryContext } from '../context.ts';
import { grafanaDashboard } from '../dashboard/grafana-dashboard.ts';
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

/** `signalbox directory dashboard`: for a Grafana that is provisioned from files. */
export function dashboardCommand(): ModuleCommand {
  return {
    name: 'dashboard',
    summary: 'Print the dashboard for Grafana; the console has one of its own',
    options: {},
    run: async (_values, print) => {
      const dashboard = grafanaDashboard();
      print(JSON.stringify(dashboard, null, 2));
      return dashboard;
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
