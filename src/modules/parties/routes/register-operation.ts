import type { FastifyInstance, FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify';
import { type Caller, mayCall } from '../callers/callers.ts';
import type { Permission } from '../callers/permissions.ts';
import type { PartiesContext } from '../context.ts';
import { gatewayErrors } from '../errors.ts';
import { readVersion, selectVersion } from '../requests/version.ts';
import type { Addition } from './addition.ts';
import { sendBody } from './answers.ts';
import type { Operation, OperationAnswer, OperationVersion } from './operation.ts';
import { createSteps, type Steps } from './steps.ts';

/** What the checks before the body leave on a request. */
export interface PartiesRequest {
  operation: string;
  caller: Caller;
  /** The version that runs, or `null` while none is selected. */
  version: string;
  steps: Steps;
}

declare module 'fastify' {
  interface FastifyRequest {
    parties: PartiesRequest | null;
  }
}

const UNKNOWN: Caller = { application: 'unknown', keyName: 'unknown key', permissions: new Set() };
const SANDBOX: Caller = { application: 'sandbox', keyName: 'no key', permissions: undefined };

/** Mounts an operation: authentication, then version, then its steps (spec section 3.7, order of checks). */
export function registerOperation(app: FastifyInstance, ctx: PartiesContext, operation: Operation): void {
  const implemented = Object.keys(operation.versions)
    .map(Number)
    .sort((a, b) => a - b);
  const byVersion = new Map(implemented.map((version) => [String(version), operation.versions[version]]));
  app.route<{ Params: Record<string, string> }>({
    method: operation.method,
    url: operation.path,
    exposeHeadRoute: false,
    onRequest: entrance(ctx, operation, (request, parties) => {
      const { step } = parties.steps;
      const requested = step('get_requested_version', () => readVersion(request.headers.version));
      const version = step('get_largest_possible_version', () => selectVersion(requested, implemented));
      parties.version = String(version);
    }),
    handler: (request, reply) => run(ctx, request, reply, byVersion),
  });
}

/** Mounts an endpoint beyond the original: authentication, then what it does. */
export function registerAddition(app: FastifyInstance, ctx: PartiesContext, addition: Addition): void {
  app.route<{ Params: Record<string, string> }>({
    method: 'GET',
    url: addition.path,
    exposeHeadRoute: false,
    onRequest: entrance(ctx, addition, () => undefined),
    handler: async (request, reply) => {
      const { params } = request;
      const query = queryOf(request.raw.url ?? '');
      const { body, headers } = await withinBudget(ctx, addition.run({ ctx, request, params, query }));
      if (headers) reply.headers(headers);
      return sendBody(reply, { status: 200, body, version: 'null' });
    },
  });
}

/** The checks before the body, in the order of the contract; `enter` is the last of them. */
function entrance(
  ctx: PartiesContext,
  { permission }: Pick<Operation, 'permission'>,
  enter: (request: FastifyRequest, parties: PartiesRequest) => void,
): onRequestHookHandler {
  return (request, _reply, done) => {
    // Whatever it says, the body is read as JSON, and a DELETE with a content type need not have one.
    if (request.raw.headers['content-type'] !== undefined) {
      request.raw.headers['content-type'] = 'application/octet-stream';
    }
    const parties: PartiesRequest = {
      operation: permission,
      caller: UNKNOWN,
      version: 'null',
      steps: createSteps(ctx),
    };
    request.parties = parties;
    // Nearly always the caller is known, and nothing is waited for.
    try {
      const admitted = admit(ctx, request, parties, permission);
      if (admitted === undefined) {
        enter(request, parties);
        return done();
      }
      admitted.then(() => enter(request, parties)).then(() => done(), done);
    } catch (error) {
      done(error as Error);
    }
  };
}

/** Throws, or rejects, with the refusal of spec section 7.2. */
function admit(
  ctx: PartiesContext,
  request: FastifyRequest,
  parties: PartiesRequest,
  permission: Permission,
): Promise<void> | undefined {
  const accept = (caller: Caller | undefined): Promise<void> | undefined => {
    if (!caller) throw gatewayErrors.unknownKey();
    parties.caller = caller;
    if (!mayCall(caller, permission)) throw gatewayErrors.notPermitted();
    return ctx.rateLimit?.admit().then((isAdmitted) => {
      if (!isAdmitted) throw gatewayErrors.tooManyRequests();
    });
  };
  if (ctx.config.sandbox) return accept(SANDBOX);
  const key = request.headers.apikey;
  if (typeof key !== 'string' || key === '') throw gatewayErrors.unknownKey();
  const caller = ctx.callers.find(key);
  return caller instanceof Promise ? caller.then(accept) : accept(caller);
}

function run(
  ctx: PartiesContext,
  request: FastifyRequest<{ Params: Record<string, string> }>,
  reply: FastifyReply,
  byVersion: Map<string, OperationVersion | undefined>,
): Promise<FastifyReply> {
  const { parties } = request;
  if (!parties) throw new Error('An operation ran without its checks');
  const { version, caller } = parties;
  const { step } = parties.steps;
  const implementation = step('get_steps_for_requested_version', () => byVersion.get(version));
  if (!implementation) throw new Error('An operation ran without a version');
  const origin = { application: caller.application, correlationId: request.id };
  const answer = implementation({ ctx, request, params: request.params, origin, step });
  const render = ({ status, body }: OperationAnswer) =>
    step('render_response', () => sendBody(reply, { status, body, version }));
  return withinBudget(ctx, answer).then(render);
}

/** Rejects with the gateway's 504 when the time of a request is over, whatever it waits for: spec section 6.11. */
function withinBudget<T>({ config }: PartiesContext, work: Promise<T>): Promise<T> {
  const { promise: outOfTime, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(gatewayErrors.outOfTime()), config.requestBudgetMs);
  return Promise.race([work, outOfTime]).finally(() => clearTimeout(timer));
}

function queryOf(url: string): URLSearchParams {
  const start = url.indexOf('?');
  return new URLSearchParams(start === -1 ? '' : url.slice(start + 1));
}
