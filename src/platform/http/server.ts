import swagger from '@fastify/swagger';
import { type TypeBoxTypeProvider, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox';
import {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  fastify,
  LogController,
} from 'fastify';
import type { Logger, Metrics, Span, Tracer } from '#platform/telemetry';
import { correlationIdFrom } from './correlation.ts';
import { HttpError } from './errors.ts';

export type HttpServer = FastifyInstance;

/** Room for the largest body any contract names plus the gateway's own answer to a larger one. */
const BODY_LIMIT_BYTES = 1_048_576;

/**
 * A Fastify instance for one listener: request ids are the correlation ids (`request.id`) and go back in the
 * `correlation-id` header; schemas are TypeBox; latency is measured by route. Modules bring their own error format.
 */
export function createHttpServer(options: {
  name: string;
  log: Logger;
  metrics: Metrics;
  tracer: Tracer;
  /** Addresses and networks of proxies whose `X-Forwarded-*` headers count. */
  trustedProxies?: string[];
}): HttpServer {
  const { name, log, metrics, tracer } = options;
  const app = fastify({
    loggerInstance: log.child({ subsystem: 'http', listener: name }),
    // One line for each request would be most of the log; failures are logged by the error handlers.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT_BYTES,
    trustProxy: options.trustedProxies?.length ? options.trustedProxies : false,
    requestIdHeader: false,
    genReqId: (request) => correlationIdFrom(request),
    // An id may be as long as a URL: whether there is such a record is for its module to say.
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: LONGEST_URL },
    rewriteUrl: (request) => withLiteralPercent(request.url ?? '/'),
    forceCloseConnections: 'idle',
    return503OnClosing: false,
  })
    .withTypeProvider<TypeBoxTypeProvider>()
    .setValidatorCompiler(TypeBoxValidatorCompiler)
    // Answers are built field by field, so their schemas describe them and serialise nothing; compiling one costs each start.
    .setSerializerCompiler(() => JSON.stringify);

  const latency = metrics.histogram('signalbox_http_request_seconds', 'Time from request to answer', [
    'listener',
    'route',
    'method',
    'status',
  ]);
  app.addHook('onSend', async (request, reply) => {
    if (!reply.hasHeader('correlation-id')) reply.header('correlation-id', headerSafe(request.id));
  });
  app.addHook('onResponse', async (request, reply) => {
    latency.observe(
      {
        listener: name,
        route: request.routeOptions.url ?? 'unknown',
        method: request.method,
        status: String(reply.statusCode),
      },
      reply.elapsedTime / 1_000,
    );
    if (tracer.isOn) tracer.record(requestSpan(name, request, reply));
  });
  app.setErrorHandler((error, request, reply) => {
    const answer = publicError(error);
    if (answer.status >= 500) {
      request.log.error({ err: error, correlationId: request.id }, 'request failed');
    }
    return reply.code(answer.status).send({ error: { code: answer.code, message: answer.message } });
  });
  // The cast forgets the type provider, which only the routes that use it need to see.
  return app as unknown as FastifyInstance;
}

/** Node refuses a longer head of a request. */
const LONGEST_URL = 16_384;

/**
 * A percent sign that begins no UTF-8 character stands for itself. The router would answer such a path on its own,
 * before any module, in a form that none of the contracts knows.
 */
function withLiteralPercent(url: string): string {
  if (!url.includes('%')) return url;
  const end = url.indexOf('?');
  const path = end === -1 ? url : url.slice(0, end);
  try {
    decodeURIComponent(path);
    return url;
  } catch {
    const decodable = path.replace(/(?:%[0-9a-f]{2})+|%/gi, (part) => {
      try {
        decodeURIComponent(part);
        return part;
      } catch {
        return part.replaceAll('%', '%25');
      }
    });
    return end === -1 ? decodable : decodable + url.slice(end);
  }
}

/** Collects the schemas of all routes registered afterwards into one OpenAPI document (`app.swagger()`). */
export async function registerApiDocument(app: HttpServer, info: { title: string; version: string }) {
  await app.register(swagger, { openapi: { openapi: '3.1.0', info } });
}

function requestSpan(listener: string, request: FastifyRequest, reply: FastifyReply): Span {
  const endedAt = new Date();
  const route = request.routeOptions.url ?? 'unknown';
  const { traceparent } = request.headers;
  return {
    name: `${request.method} ${route}`,
    kind: 'server',
    startedAt: new Date(endedAt.getTime() - reply.elapsedTime),
    endedAt,
    traceparent: typeof traceparent === 'string' ? traceparent : undefined,
    correlationId: request.id,
    attributes: {
      'signalbox.listener': listener,
      'http.request.method': request.method,
      'http.route': route,
      'http.response.status_code': reply.statusCode,
    },
    isError: reply.statusCode >= 500,
  };
}

function publicError(error: unknown): { status: number; code: string; message: string } {
  if (error instanceof HttpError) return error;
  const fault = error as { statusCode?: number; validation?: unknown; message?: string };
  if (fault.statusCode !== undefined && fault.statusCode < 500) {
    return { status: fault.statusCode, code: 'invalid_request', message: fault.message ?? 'Invalid request' };
  }
  return { status: 500, code: 'internal_error', message: 'Something went wrong on our side' };
}

/** Ids may come from a query string; a header holds only what HTTP allows. */
function headerSafe(id: string): string {
  return /^[\x20-\x7e\x80-\xff]*$/.test(id) ? id : encodeURIComponent(id.toWellFormed());
}
