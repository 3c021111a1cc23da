import type { ModuleCommand } from '#platform/module';
import { alarmRulesCommand, alarmsCommand, dashboardCommand } from '../alarms/alarms-command.ts';
import type { DirectoryContext } from '../context.ts';
import { performanceResultsCommand } from '../dashboard/performance-results.ts';
import { emailsCommand } from '../emails/emails-command.ts';
import { injectCommand } from '../injection/inject-command.ts';
import { allowListCommand } from '../intake/allow-list-command.ts';
import { smokeTestCommand } from '../smoke-test/smoke-test-command.ts';

/** Commands about what surrounds the pipeline. */
export function operationCommands(ctx: DirectoryContext): ModuleCommand[] {
  return [
    alarmsCommand(ctx),
    alarmRulesCommand(),
    dashboardCommand(),
    allowListCommand(ctx),
    emailsCommand(ctx),
    injectCommand(ctx),
    smokeTestCommand(ctx),
    performanceResultsCommand(ctx),
  ];
}
