import type { IncomingHttpHeaders } from 'node:http';

/** A request as a simulator sees it: the prefix is gone from the path and the body was read whole. */
export interface SimulatorRequest {
  readonly method: string;
  /** Path without prefix and query; at least `/`. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Undefined when the body is not JSON; JSON never parses to undefined. */
export function jsonBody(request: { readonly body: string }): unknown {
  try {
    return JSON.parse(request.body);
  } catch {
    return undefined;
  }
}

export function acceptsHtml(request: SimulatorRequest): boolean {
  return request.headers.accept?.includes('text/html') ?? false;
}
