import { CommandRefusal, type ModuleCommand } from '#platform/module';
import type { PartiesContext } from '../context.ts';
import { resetSandbox, SANDBOX_PRODUCTS, SANDBOX_TEAMS } from '../sandbox/reset-sandbox.ts';

/** `signalbox parties sandbox reset`: empties the sandbox and puts its example data back. */
export function sandboxCommand(ctx: PartiesContext): ModuleCommand {
  return {
    name: 'sandbox',
    summary: 'Put the sandbox back to its example data (needs PARTIES_SANDBOX=on)',
    positionals: [{ name: 'action', description: 'reset' }],
    options: {},
    run: async ({ action }, print) => {
      if (action !== 'reset') throw new CommandRefusal('The sandbox can be reset: sandbox reset', 2);
      // It removes every party, which must not happen to a register that is no sandbox.
      if (!ctx.config.sandbox) throw new CommandRefusal('This is no sandbox: PARTIES_SANDBOX is off', 2);
      await resetSandbox(ctx);
      print(`The sandbox holds ${SANDBOX_TEAMS.length} teams and ${SANDBOX_PRODUCTS.length} products.`);
      return { teams: SANDBOX_TEAMS, products: SANDBOX_PRODUCTS };
    },
  };
}
