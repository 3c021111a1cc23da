import type { ModuleCommand } from '#platform/module';
import type { PartiesContext } from '../context.ts';
import { generateIdsCommand } from './generate-ids.ts';
import { importCommand } from './import.ts';
import { loadCommand } from './load.ts';
import { sandboxCommand } from './sandbox.ts';
import { workspaceCommand } from './workspace.ts';

export function partiesCommands(ctx: PartiesContext): ModuleCommand[] {
  return [
    loadCommand(ctx),
    importCommand(ctx),
    generateIdsCommand(ctx),
    sandboxCommand(ctx),
    workspaceCommand(ctx),
  ];
}
