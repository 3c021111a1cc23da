import type { Logger } from '#platform/telemetry';
import { adjustmentsSimulator } from './adjustments/index.ts';
import { agencySimulator } from './agency/index.ts';
import { alertsSimulator } from './alerts/index.ts';
import { authSimulator } from './auth/index.ts';
import { createTokenIssuer } from './auth/token-issuer.ts';
import { callbacksSimulator } from './callbacks/index.ts';
import { caseNotesSimulator } from './casenotes/index.ts';
import { facebookSimulator } from './facebook/index.ts';
import { financeSimulator } from './finance/index.ts';
import { firetextSimulator } from './firetext/index.ts';
import { CallRing } from './frame/call-ring.ts';
import { FaultList } from './frame/faults.ts';
import { type Hosted, HttpListener } from './frame/http-listener.ts';
import type { Simulator, SimulatorSettings } from './frame/simulator.ts';
import { googleSimulator } from './google/index.ts';
import { frontPage } from './index-page.ts';
import { locationsSimulator } from './locations/index.ts';
import { mailSimulator } from './mail/index.ts';
import { mappingSimulator } from './mapping/index.ts';
import { mmgSimulator } from './mmg/index.ts';
import { nomisSimulator } from './nomis/index.ts';
import { createNomisWorld } from './nomis/nomis-world.ts';
import { odsSimulator } from './ods/index.ts';
import { printSimulator } from './print/index.ts';
import { profileEditorSimulator } from './profile-editor/index.ts';
import { sesSimulator } from './ses/index.ts';
import { shopsSimulator } from './shops/index.ts';
import { slackSimulator } from './slack/index.ts';
import { staffSimulator } from './staff/index.ts';
import { visitBalanceSimulator } from './visit-balance/index.ts';
import { visitSchedulerSimulator } from './vsip/index.ts';

export type { SimulatorSettings };

/** Every simulator there is, in the order of the front page. */
function allSimulators(settings: SimulatorSettings): readonly Simulator[] {
  const now = settings.now ?? (() => new Date());
  const issuer = createTokenIssuer(now);
  const world = createNomisWorld({ visits: settings.visits, prisoners: settings.prisoners, now });
  return [
    profileEditorSimulator,
    mailSimulator,
    mmgSimulator,
    firetextSimulator,
    sesSimulator,
    printSimulator,
    callbacksSimulator,
    slackSimulator,
    odsSimulator,
    authSimulator(issuer),
    nomisSimulator(world, issuer),
    visitSchedulerSimulator({ world, issuer, now }),
    adjustmentsSimulator(world, issuer),
    locationsSimulator(issuer),
    alertsSimulator(issuer),
    caseNotesSimulator(issuer),
    visitBalanceSimulator(issuer),
    staffSimulator(issuer),
    agencySimulator(issuer),
    financeSimulator(issuer),
    mappingSimulator({ issuer, now }),
    googleSimulator,
    facebookSimulator,
    shopsSimulator,
  ];
}

export interface RunningSimulators {
  readonly url: string;
  readonly port: number;
  readonly smtpUrl: string;
  readonly smtpPort: number;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Starts the stand-ins for outside systems: one HTTP server with a path prefix each, and one SMTP sink. Port 0 picks
 * a free one. Rejects when a port is taken.
 */
export async function startSimulators(options: {
  host: string;
  port: number;
  smtpPort: number;
  log: Logger;
  settings?: SimulatorSettings;
}): Promise<RunningSimulators> {
  await using started = new AsyncDisposableStack();
  const { host, log, settings = {} } = options;
  const hosted: Hosted[] = [];
  let smtpPort = options.smtpPort;
  for (const simulator of allSimulators(settings)) {
    const calls = new CallRing();
    const faults = new FaultList();
    const context = {
      host,
      smtpPort,
      settings,
      calls,
      faults,
      log: log.child({ simulator: simulator.name }),
    };
    const running = await simulator.start(context);
    started.defer(async () => running[Symbol.asyncDispose]?.());
    if (running.smtpPort !== undefined) smtpPort = running.smtpPort;
    hosted.push({ simulator, running, calls, faults });
  }
  const listener = started.use(new HttpListener({ hosted, frontPage: () => frontPage(hosted), log }));
  const port = await listener.listen(host, options.port);
  const all = started.move();
  log.info({ host, port, smtpPort }, 'Simulators listening');
  return {
    url: `http://${urlHost(host)}:${port}`,
    port,
    smtpUrl: `smtp://${urlHost(host)}:${smtpPort}`,
    smtpPort,
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

/** A client on this machine cannot call the address that means all addresses. */
function urlHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
