import { readPlatformConfig } from '#platform/config';
import { createLogger } from '#platform/telemetry';
import { startSimulators } from '../simulators/index.ts';
import type { Command, CommandInput } from './command.ts';
import { noOptions, reportReady, runUntilStopped, waitForSupervisor } from './roles.ts';

export const command: Command = {
  name: 'simulators',
  summary: 'Run the stand-ins for outside systems only',
  usage: '',
  description: 'Serves all simulators on SIGNALBOX_PORT_BASE + 20 and the mail sink on + 21.',
  options: noOptions,
  run,
};

async function run(input: CommandInput): Promise<number> {
  const config = readPlatformConfig(input.environment, input.workingDirectory);
  const log = createLogger({ level: config.logLevel, name: 'simulators' });
  // The ports are ours only when nobody else runs on the data folder.
  await waitForSupervisor(input.environment);
  const simulators = await startSimulators({
    host: config.host,
    port: config.portBase + 20,
    smtpPort: config.portBase + 21,
    log,
    settings: {
      visits: config.simulatedVisits,
      migrationUrl: `http://${localHost(config.host)}:${config.portBase + 4}`,
      notifyUrl: `http://${localHost(config.host)}:${config.portBase + 1}`,
    },
  });
  reportReady({});
  await runUntilStopped(() => simulators[Symbol.asyncDispose]());
  return 0;
}

/** A call on this machine cannot go to the address that means all addresses. */
function localHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  return host.includes(':') ? '[::1]' : host;
}
