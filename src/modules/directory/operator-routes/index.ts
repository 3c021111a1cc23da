import type { FastifyPluginAsync } from 'fastify';
import type { ModuleCommand } from '#platform/module';
import type { DirectoryContext } from '../context.ts';
import { dosDbCommand, dosDbRoutes } from '../dos-db-handler/dos-db-routes.ts';
import { applyDryRunCommand, dryRunCommand } from '../dry-run/dry-run-command.ts';
import { dryRunRoutes } from '../dry-run/dry-run-routes.ts';
import { injectRoutes } from '../injection/inject-routes.ts';
import { qualityCheckCommand } from '../quality-check/quality-check-command.ts';
import { qualityCheckRoutes } from '../quality-check/quality-check-routes.ts';
import { releaseCommands } from '../releases/release-commands.ts';
import { replayCommand } from '../replay/replay-command.ts';
import { replayRoutes } from '../replay/replay-routes.ts';
import { operationCommands } from './operation-commands.ts';
import { requireOperator } from './operator-access.ts';

const functions: ((ctx: DirectoryContext) => FastifyPluginAsync)[] = [
  replayRoutes,
  qualityCheckRoutes,
  dryRunRoutes,
  dosDbRoutes,
  injectRoutes,
];

const commands: ((ctx: DirectoryContext) => ModuleCommand)[] = [
  replayCommand,
  qualityCheckCommand,
  dryRunCommand,
  applyDryRunCommand,
  dosDbCommand,
];

/** What operators' programs call (spec section 3.4), on the console port alone. */
export function operatorRoutes(ctx: DirectoryContext): FastifyPluginAsync {
  return async (app) => {
    await app.register(
      async (scope) => {
        requireOperator(scope, ctx);
        for (const routes of functions) await scope.register(routes(ctx));
      },
      { prefix: '/v1/internal' },
    );
  };
}

/** The same functions, and what else operators do, as `signalbox directory ...`. */
export function operatorCommands(ctx: DirectoryContext): ModuleCommand[] {
  return [...commands.map((command) => command(ctx)), ...releaseCommands(ctx), ...operationCommands(ctx)];
}
