import { uuidV7 } from '#platform/http';
import type { ModuleCommand } from '#platform/module';
import type { DirectoryContext } from '../context.ts';
import { runQualityCheck } from './quality-check.ts';

/** `signalbox directory quality-check`: runs here and now, whether or not a worker runs. */
export function qualityCheckCommand(ctx: DirectoryContext): ModuleCommand {
  return {
    name: 'quality-check',
    summary: 'Check how the directory profiles its services, and report what is wrong',
    options: {},
    run: async (_values, print) => {
      const result = await runQualityCheck(ctx, { id: uuidV7(), startedBy: 'Command line' });
      print(`Run ${result.function_request_id}: ${result.findings.length} findings`);
      for (const { odscode, dos_service_uid, dos_service_name, reason } of result.findings) {
        print(`  ${odscode}  ${dos_service_uid}  ${dos_service_name}: ${reason}`);
      }
      return result;
    },
  };
}
