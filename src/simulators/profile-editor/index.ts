import { REAL_ODS_CODE_COUNT } from '#reference/pharmacies';
import { badRequest, json, type Reply, seeOther } from '../frame/replies.ts';
import type { RunningSimulator, Simulator, SimulatorContext } from '../frame/simulator.ts';
import { acceptsHtml, jsonBody, type SimulatorRequest } from '../frame/simulator-request.ts';
import { EventAudit } from './event-audit.ts';
import { ProfileLedger } from './profile-ledger.ts';
import { editorPage, PROGRESS_SCRIPT, problemsPage, runPage } from './run-pages.ts';
import { Runs } from './runs.ts';

/** Stands for NHS.uk: has a version of every pharmacy's profile and tells a directory of each change. */
export const profileEditorSimulator: Simulator = {
  name: 'profile-editor',
  title: 'Profile editor',
  standsFor: 'NHS.uk Profile Editor, which sends change events to the directory',
  start: async (context) => startProfileEditor(context),
};

function startProfileEditor({ log, settings }: SimulatorContext): RunningSimulator {
  const ledger = new ProfileLedger();
  const audit = new EventAudit();
  const runs = new Runs({ ledger, audit, log, pharmacies: settings.pharmacies ?? REAL_ODS_CODE_COUNT });
  const defaults = { target: settings.changeEventUrl, apiKey: settings.changeEventApiKey };
  return {
    handle: (request) => handle(request, runs, defaults),
    page: (request) => page(request, runs, defaults),
    audit: () => audit.rows(),
    clearData() {
      audit.clear();
      ledger.clear();
    },
    state: () => state(runs, audit),
    [Symbol.asyncDispose]: () => runs[Symbol.asyncDispose](),
  };
}

interface Defaults {
  readonly target: string | undefined;
  readonly apiKey: string | undefined;
}

async function handle(request: SimulatorRequest, runs: Runs, defaults: Defaults): Promise<Reply> {
  if (request.path === '/runs' && request.method === 'POST') return startRun(request, runs, defaults);
  const [, id, action] = /^\/runs\/([0-9a-f-]+)(\/stop)?$/.exec(request.path) ?? [];
  const wanted = action === undefined ? 'DELETE' : 'POST';
  if (id === undefined || request.method !== wanted) {
    return json(404, {
      message: 'Start a run with POST /profile-editor/runs, stop it with DELETE on its address.',
    });
  }
  const stopped = await runs.stop(id);
  if (!stopped) return noSuchRun();
  return action === undefined ? json(200, stopped) : seeOther(`/profile-editor/runs/${id}`);
}

async function startRun(request: SimulatorRequest, runs: Runs, defaults: Defaults): Promise<Reply> {
  // Imported when first needed: the schema library adds some 30 MB to the process.
  const { parseRunRequest, readRunForm } = await import('./run-request.ts');
  const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') ?? false;
  const settings = parseRunRequest(isForm ? readRunForm(request.body) : jsonBody(request), defaults);
  if ('problems' in settings) return isForm ? problemsPage(settings.problems) : badRequest(settings.problems);
  const run = runs.start(settings);
  const address = `/profile-editor/runs/${run.id}`;
  if (isForm) return seeOther(address);
  const started = json(202, run);
  return { ...started, headers: { ...started.headers, location: address } };
}

function page(request: SimulatorRequest, runs: Runs, defaults: Defaults): Reply | undefined {
  if (request.path === '/') return editorPage(runs.list(), defaults);
  if (request.path === '/progress.js') return PROGRESS_SCRIPT;
  if (request.path === '/runs') return json(200, runs.list());
  const [, id] = /^\/runs\/([0-9a-f-]+)$/.exec(request.path) ?? [];
  if (id === undefined) return undefined;
  const run = runs.find(id);
  if (!run) return noSuchRun();
  return acceptsHtml(request) ? runPage(run) : json(200, run);
}

function noSuchRun(): Reply {
  return json(404, {
    message: 'There is no such run; the latest hundred are kept until the simulators stop.',
  });
}

function state(runs: Runs, audit: EventAudit): string {
  const running = runs.list().filter((run) => !run.finished).length;
  return `${audit.size.toLocaleString('en-GB')} events sent, ${running === 0 ? 'idle' : `${running} running`}`;
}
