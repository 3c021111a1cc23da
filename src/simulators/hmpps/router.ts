import { json, type Reply } from '../frame/replies.ts';
import type { SimulatorRequest } from '../frame/simulator-request.ts';
import { apiError } from './api-errors.ts';

export interface Route {
  readonly method: string;
  /** Such as `/visits/{id}/cancel`; what stands for a name in braces is handed over decoded. */
  readonly path: string;
  readonly answer: (request: SimulatorRequest, ...params: string[]) => Reply | Promise<Reply>;
}

interface CompiledRoute {
  readonly route: Route;
  /** Undefined stands for a parameter. */
  readonly segments: readonly (string | undefined)[];
}

/**
 * Answers requests by the routes, which are tried in their order; 404 and 405 as the framework of the real services
 * does. Routes are found by their first segment, so that many of them cost nothing.
 */
export function createRouter(
  routes: readonly Route[],
): (request: SimulatorRequest) => Reply | Promise<Reply> {
  const byFirst = new Map<string, CompiledRoute[]>();
  for (const route of routes) {
    const segments = route.path.slice(1).split('/');
    const first = segments[0] ?? '';
    const compiled = { route, segments: segments.map((text) => (text.startsWith('{') ? undefined : text)) };
    byFirst.set(first, [...(byFirst.get(first) ?? []), compiled]);
  }
  return (request) => {
    const segments = request.path.slice(1).split('/');
    let otherMethod = false;
    for (const candidate of byFirst.get(segments[0] ?? '') ?? []) {
      const params = match(candidate.segments, segments);
      if (!params) continue;
      if (candidate.route.method === request.method) return candidate.route.answer(request, ...params);
      otherMethod = true;
    }
    return otherMethod
      ? apiError(405, `Method Not Allowed: ${request.method}`)
      : json(404, { status: 404, error: 'Not Found', path: request.path });
  };
}

function match(pattern: readonly (string | undefined)[], segments: readonly string[]): string[] | undefined {
  if (pattern.length !== segments.length) return undefined;
  const params: string[] = [];
  for (let index = 0; index < pattern.length; index += 1) {
    const wanted = pattern[index];
    const given = segments[index] ?? '';
    if (wanted === undefined) params.push(decode(given));
    else if (wanted !== given) return undefined;
  }
  return params;
}

function decode(segment: string): string {
  if (!segment.includes('%')) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
