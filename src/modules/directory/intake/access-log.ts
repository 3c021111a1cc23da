import type { FastifyReply, FastifyRequest } from 'fastify';
import { uuidV7 } from '#platform/http';
import type { LogOutput } from '#platform/telemetry';
import { traceparentOf, xrayTraceId } from '../reports/trace-id.ts';

/** One line for each request to the endpoint, with the keys of the original's gateway (3.2). */
export interface AccessLog {
  note(request: FastifyRequest, reply: FastifyReply): void;
  flush(): void;
}

const FLUSH_MS = 200;

/** Lines are gathered for a moment: printing each by itself would cost a write for each request. */
export function createAccessLog(output: LogOutput): AccessLog {
  let lines: string[] = [];
  let timer: NodeJS.Timeout | undefined;
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (lines.length > 0) output.write(lines.join(''));
    lines = [];
  };
  return {
    note: (request, reply) => {
      const latency = Math.round(reply.elapsedTime);
      const line = {
        requestTime: new Date().toISOString(),
        requestId: uuidV7(),
        httpMethod: request.method,
        path: request.url.split('?', 1)[0],
        resourcePath: request.routeOptions.url ?? null,
        status: reply.statusCode,
        responseLatency: latency,
        ip: request.ip,
        xrayTraceId: xrayTraceId(traceparentOf(request.headers), request.id),
        // The original asks its queue; ours is the database behind the same process.
        integrationRequestId: request.id,
        functionResponseStatus: reply.statusCode,
        integrationLatency: latency,
        integrationServiceStatus: reply.statusCode,
      };
      lines.push(`${JSON.stringify(line)}\n`);
      timer ??= setTimeout(flush, FLUSH_MS).unref();
    },
    flush,
  };
}
