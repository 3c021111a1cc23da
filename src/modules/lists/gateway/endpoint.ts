// One way to state an endpoint, and the two ways to answer: as the original's gateway and handlers did ("contract"),
// and with ordinary HTTP codes ("native").
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { TSchema } from 'typebox';
import { type Caller, resolveCaller } from '../callers/caller.ts';
import type { ListsContext } from '../context.ts';
import { errors, ListsError } from '../errors.ts';
import { type Body, readBody } from './body.ts';
import { gatewayAnswer, gatewayAnswers } from './gateway-answers.ts';
import { noteRefusalOf } from './request-log.ts';
import { decodeLeniently, storable } from './text.ts';

export type Access = 'public' | 'user' | 'editor' | 'admin';

/** What a handler gets: everything read, nothing judged yet. */
export interface Call {
  caller: Caller | undefined;
  /** The caller of an endpoint that is not public. */
  user: Caller;
  /** A path parameter, decoded twice; `null` as a value is refused (spec section 3.1.6). */
  param(name: string): string;
  body: Body;
  /** Query values as they came; repeated ones give the first. */
  query: Record<string, string | undefined>;
  address: string;
  correlationId: string;
  request: FastifyRequest;
  reply: FastifyReply;
}

export interface Endpoint {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  access: Access;
  summary: string;
  /** For the OpenAPI document. */
  body?: TSchema;
  answer: TSchema;
  /** Status of a success; 200 unless said. */
  status?: number;
  /** For an endpoint that takes bytes in place of JSON: how many at most. */
  mostBytes?: number;
  handle(ctx: ListsContext, call: Call): Promise<unknown>;
}

/** Registers endpoints of the original's contract: spec section 3.1. */
export function registerContract(
  app: FastifyInstance,
  ctx: ListsContext,
  endpoints: Endpoint[],
  options: { tag: string; isHidden: boolean },
): void {
  for (const endpoint of endpoints) {
    app.route({
      method: endpoint.method,
      url: endpoint.path,
      ...documentation(endpoint, options.tag, options.isHidden),
      handlerTimeout: ctx.config.requestTimeoutMs,
      handler: async (request, reply) => {
        reply.header('access-control-allow-origin', '*').header('cache-control', 'no-store');
        const { caller, problem } = await resolveCaller(ctx, request);
        if (endpoint.access !== 'public' && !caller)
          return gatewayAnswer(reply, gatewayAnswers.refusal(problem));
        try {
          const { catalogueWrite } = await ctx.policy.current();
          checkRole(endpoint.access, caller, catalogueWrite === 'any-user');
          const result = await endpoint.handle(ctx, makeCall(request, reply, caller));
          return reply.sent ? reply : await reply.code(200).send(result);
        } catch (error) {
          return answerContractError(ctx, request, reply, error);
        }
      },
    });
  }
}

/** Registers our own endpoints: ordinary statuses and `{error: {code, message}}` (spec section 3.10). */
export function registerNative(
  app: FastifyInstance,
  ctx: ListsContext,
  endpoints: Endpoint[],
  tag: string,
): void {
  for (const endpoint of endpoints) {
    app.route({
      method: endpoint.method,
      url: endpoint.path,
      ...documentation(endpoint, tag, false),
      ...(endpoint.mostBytes === undefined ? {} : { bodyLimit: endpoint.mostBytes }),
      handler: async (request, reply) => {
        reply.header('cache-control', 'no-store');
        try {
          const { caller } = await resolveCaller(ctx, request);
          if (endpoint.access !== 'public' && !caller) throw errors.signedOut();
          checkRole(endpoint.access, caller, false);
          const call = makeCall(request, reply, caller, endpoint.mostBytes === undefined);
          const result = await endpoint.handle(ctx, call);
          return reply.sent ? reply : await reply.code(endpoint.status ?? 200).send(result ?? {});
        } catch (error) {
          return answerNativeError(ctx, request, reply, error);
        }
      },
    });
  }
}

export function answerNativeError(
  ctx: ListsContext,
  request: FastifyRequest,
  reply: FastifyReply,
  error: unknown,
): FastifyReply {
  if (!(error instanceof ListsError)) throw error;
  noteRefusal(ctx, request, error);
  const { code, message, facts } = error;
  return reply.code(error.status).send({ error: { code, message, ...facts } });
}

async function answerContractError(
  ctx: ListsContext,
  request: FastifyRequest,
  reply: FastifyReply,
  error: unknown,
): Promise<FastifyReply> {
  if (!(error instanceof ListsError)) throw error;
  noteRefusal(ctx, request, error);
  if (error.status === 429) return gatewayAnswer(reply, gatewayAnswers.tooManyRequests);
  // The original answers 500 to everything it handles, and its clients read `error`.
  if ((await ctx.policy.current()).profile === 'compat') {
    return reply.code(500).send({ error: error.message, ...error.facts });
  }
  return reply.code(error.status).send({ error: error.message, code: error.code, ...error.facts });
}

function noteRefusal(ctx: ListsContext, request: FastifyRequest, error: ListsError): void {
  ctx.metrics.refusals.inc({ code: error.code });
  noteRefusalOf(request, error.code);
}

function checkRole(access: Access, caller: Caller | undefined, mayEveryoneEdit: boolean): void {
  if (access === 'public' || access === 'user') return;
  const roles = caller?.roles ?? [];
  if (roles.includes('admin')) return;
  if (access === 'editor' && (mayEveryoneEdit || roles.includes('editor'))) return;
  throw errors.forbidden('role_needed', `User is not authorized: the ${access} role is needed.`);
}

function makeCall(
  request: FastifyRequest,
  reply: FastifyReply,
  caller: Caller | undefined,
  takesJson = true,
): Call {
  // Fastify's router gives an object of texts.
  const params = request.params as Record<string, string>;
  return {
    caller,
    // Checked by whoever registers: only public endpoints get here without one, and they use `caller`.
    user: caller as Caller,
    param(name) {
      const value = storable(decodeLeniently(params[name] ?? ''));
      if (value === 'null') throw errors.nullParameter(name);
      return value;
    },
    body: takesJson ? readBody(request.body) : { kind: 'absent' },
    query: firstValues(request.query),
    address: request.ip,
    correlationId: storable(request.id),
    request,
    reply,
  };
}

function firstValues(query: unknown): Record<string, string | undefined> {
  const values = Object.entries((query ?? {}) as Record<string, unknown>).map(([name, value]) => {
    const first = Array.isArray(value) ? value[0] : value;
    return [name, typeof first === 'string' ? storable(first) : undefined];
  });
  return Object.fromEntries(values);
}

function documentation(endpoint: Endpoint, tag: string, isHidden: boolean) {
  const names = [...endpoint.path.matchAll(/:(\w+)/g)].map(([, name = '']) => name);
  return {
    schema: {
      hide: isHidden,
      tags: [tag],
      summary: endpoint.summary,
      description: `Needs: ${endpoint.access === 'public' ? 'nothing' : endpoint.access}.`,
      ...(endpoint.body ? { body: endpoint.body } : {}),
      ...(names.length > 0
        ? {
            params: {
              type: 'object',
              properties: Object.fromEntries(names.map((name) => [name, { type: 'string' }])),
            },
          }
        : {}),
      response: { [endpoint.status ?? 200]: endpoint.answer },
    },
    // The contract names its own text for each kind of bad input, in an order no schema can express.
    validatorCompiler: () => () => true,
  } as const;
}
