import type { CallRing } from './call-ring.ts';
import type { FaultList } from './faults.ts';
import { badRequest, json, jsonArray, noContent, type Reply } from './replies.ts';
import type { RunningSimulator } from './simulator.ts';
import { jsonBody, type SimulatorRequest } from './simulator-request.ts';

interface Controlled {
  readonly calls: CallRing;
  readonly faults: FaultList;
  readonly running: RunningSimulator;
}

const CONTROLS: Readonly<Record<string, readonly string[]>> = {
  '/calls': ['GET', 'DELETE'],
  '/faults': ['GET', 'PUT'],
  '/audit': ['GET'],
  '/data': ['DELETE'],
};

/** The controls every simulator has, and those of its own; undefined when the request is for the simulator itself. */
export async function answerControl(
  simulator: Controlled,
  request: SimulatorRequest,
): Promise<Reply | undefined> {
  const methods = CONTROLS[request.path];
  if (!methods) return simulator.running.control?.(request);
  if (!methods.includes(request.method)) {
    return json(405, { message: `Use ${methods.join(' or ')} for ${request.path}.` });
  }
  switch (`${request.method} ${request.path}`) {
    case 'GET /calls':
      return listCalls(simulator, request);
    case 'DELETE /calls':
      clearCalls(simulator);
      return noContent();
    case 'GET /faults':
      return json(200, simulator.faults.list());
    case 'PUT /faults':
      return replaceFaults(simulator, request);
    case 'GET /audit':
      if (!simulator.running.audit)
        return json(404, { message: 'This simulator keeps no records to audit.' });
      return jsonArray(simulator.running.audit(request.query));
    default:
      simulator.running.clearData?.();
      return noContent();
  }
}

function listCalls({ calls, running }: Controlled, request: SimulatorRequest): Reply {
  const text = request.query.get('since');
  const since = text === null || text === '' ? 0 : parseTime(text);
  if (Number.isNaN(since)) {
    return badRequest([
      'since must be an ISO 8601 time such as 2031-03-05T09:30:00.000Z, or milliseconds since 1970',
    ]);
  }
  return jsonArray(running.calls?.(since) ?? calls.since(since));
}

function clearCalls({ calls, running }: Controlled): void {
  calls.clear();
  running.clearCalls?.();
}

async function replaceFaults({ faults }: Controlled, request: SimulatorRequest): Promise<Reply> {
  // The schema library adds some 30 MB to the process; one that is never given faults does without.
  const { parseFaults } = await import('./fault-schema.ts');
  const parsed = parseFaults(jsonBody(request));
  if ('problems' in parsed) return badRequest(parsed.problems);
  faults.replace(parsed.faults);
  return json(200, faults.list());
}

/** A space stands for the plus of a time zone that was not percent-encoded. */
function parseTime(text: string): number {
  return /^\d+$/.test(text) ? Number(text) : Date.parse(text.replace(' ', '+'));
}

/** A page of another site must not steer the simulators through the browser of a developer. */
export function isForeignPage(request: SimulatorRequest): boolean {
  const site = request.headers['sec-fetch-site'];
  return request.method !== 'GET' && site === 'cross-site';
}
