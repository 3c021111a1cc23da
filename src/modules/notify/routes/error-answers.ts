import type { FastifyReply, FastifyRequest } from 'fastify';
import { isConnectionFailure } from '#platform/db';
import type { Clock, Logger } from '#platform/telemetry';
import { callerIdsOf } from '../auth/caller.ts';
import { AuthError, NotifyError, PlainError, RateLimitError, ValidationError } from '../errors.ts';
import { answerJson, pathOf } from './answers.ts';

const NOT_FOUND =
  'The requested URL was not found on the server. If you entered the URL manually please check your spelling and try again.';
const WRONG_METHOD = 'The method is not allowed for the requested URL.';
const READS = 'GET, HEAD, OPTIONS';
const WRITES = 'OPTIONS, POST';

/** Every path there is, for telling a wrong method from a wrong path. */
const METHODS: readonly (readonly [path: RegExp, allowed: string])[] = [
  [/^\/$/, READS],
  [/^\/_status$/, 'GET, HEAD, OPTIONS, POST'],
  [/^\/_status\/live-service-and-organisation-counts$/, READS],
  [/^\/v2\/notifications\/(sms|email|letter)$/, WRITES],
  [/^\/v2\/notifications(\/[^/]+(\/pdf)?)?$/, READS],
  [/^\/v2\/template\/[^/]+(\/version\/\d+)?$/, READS],
  [/^\/v2\/template\/[^/]+\/preview$/, WRITES],
  [/^\/v2\/(templates|received-text-messages)$/, READS],
  [/^\/unsubscribe\/[^/]+\/[^/]+$/, WRITES],
  [/^\/notifications\/sms(\/receive)?\/(mmg|firetext|http)$/, WRITES],
  [/^\/notifications\/(email\/ses|letter\/status)$/, WRITES],
];

/** Whatever no route took: public section 3.3, its last paragraph. */
export function answerUnrouted(request: FastifyRequest, reply: FastifyReply, prefix: string): FastifyReply {
  const path = pathOf(request).slice(prefix.length) || '/';
  if (path.startsWith('//')) {
    return reply.redirect(prefix + request.url.slice(prefix.length).replace(/^\/+/, '/'), 308);
  }
  const allowed = METHODS.find(([pattern]) => pattern.test(path))?.[1];
  // Sending to a channel that does not exist is no wrong method.
  const isUnknownChannel = request.method === 'POST' && /^\/v2\/notifications\/[^/]+$/.test(path);
  if (allowed !== undefined && request.method === 'OPTIONS') {
    return reply.code(200).header('allow', allowed).send();
  }
  if (allowed !== undefined && !allowed.includes(request.method) && !isUnknownChannel) {
    return answerRefusal(reply.header('allow', allowed), path, 405, 'MethodNotAllowed', WRONG_METHOD);
  }
  return answerRefusal(reply, path, 404, 'NotFound', NOT_FOUND);
}

function answerRefusal(reply: FastifyReply, path: string, status: number, error: string, message: string) {
  const plain = { result: 'error', message };
  const isV2 = path === '/v2' || path.startsWith('/v2/');
  return answerJson(reply, status, isV2 ? { ...plain, ...v2Body(status, [{ error, message }]) } : plain);
}

const SYSTEM_CLOCK: Clock = { now: () => new Date() };

/** The module's one error handler: every failure in the shape its part of the API has. */
export function answerError(log: Logger, prefix: string, clock = SYSTEM_CLOCK) {
  return (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    if (error instanceof PlainError) return answerJson(reply, error.status, error.body);
    if (error instanceof NotifyError) {
      if (error.status === 429) reply.header('retry-after', String(secondsToWait(error, clock.now())));
      logRefusal(log, error, request, isOfPublicApi(request, prefix));
      return answerJson(reply, error.status, { ...v2Body(error.status, error.errors), ...error.extra });
    }
    const { status, name, message } = describe(error);
    if (status >= 500) log.error({ err: error, correlationId: request.id }, 'request failed');
    if (isOfPublicApi(request, prefix)) {
      return answerJson(reply, status, v2Body(status, [{ error: name, message }]));
    }
    return answerJson(reply, status, { result: 'error', message });
  };
}

/** Until a caller that does as it is told gets through: the bucket has two tokens then, or the day is another one. */
function secondsToWait(error: NotifyError, now: Date): number {
  if (error instanceof RateLimitError) return Math.ceil(120 / Math.max(error.limit, 1));
  const midnight = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + 1);
  return Math.ceil((midnight - now.getTime()) / 1_000);
}

function isOfPublicApi(request: FastifyRequest, prefix: string): boolean {
  return pathOf(request).slice(prefix.length).startsWith('/v2');
}

/**
 * Public section 8.1. What broke a schema is repeated in the message, so the field is named alone; messages of the internal
 * API may name people.
 */
function logRefusal(log: Logger, error: NotifyError, request: FastifyRequest, showsMessage: boolean): void {
  const [first] = error.errors;
  const facts = {
    ...callerIdsOf(request),
    status: error.status,
    error: first?.error,
    correlationId: request.id,
  };
  if (error instanceof AuthError) {
    const userAgent = request.headers['user-agent'];
    log.info({ ...facts, ...error.facts, refusal: first?.message, userAgent }, 'authentication refused');
  } else if (error instanceof ValidationError) {
    log.info({ ...facts, fields: fieldsOf(error) }, 'request refused');
  } else log.info({ ...facts, ...(showsMessage ? { refusal: first?.message } : {}) }, 'request refused');
}

const FIELD = /^[a-z]\w*(?= )/;

function fieldsOf(error: ValidationError): string[] {
  return error.errors.flatMap(({ message }) => FIELD.exec(message) ?? []);
}

function describe(error: unknown): { status: number; name: string; message: string } {
  const { statusCode } = error as { statusCode?: number };
  if (statusCode === 413) {
    return { status: 413, name: 'RequestEntityTooLarge', message: 'Uploaded file exceeds file size limit' };
  }
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return { status: 400, name: 'BadRequestError', message: 'Invalid JSON supplied in POST data' };
  }
  if (isConnectionFailure(error)) {
    return { status: 503, name: 'Exception', message: 'Internal server error' };
  }
  return { status: 500, name: 'Exception', message: 'Internal server error' };
}

function v2Body(status: number, errors: readonly { error: string; message: string }[]) {
  return { status_code: status, errors };
}
