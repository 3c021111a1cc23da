import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { knownCaller } from '../callers/caller.ts';
import type { ListsContext } from '../context.ts';

/** Files, probes and pictures: asked for with every page, and nothing happens by them. */
const QUIET = /^\/(assets|images|page-assets|pictures|health|status\.html|sw\.js|favicon\.ico|info)(\/|$)/;

const refusals = new WeakMap<FastifyRequest, string>();

/** Remembers by which rule a request was refused: with the profile `compat` its status says no more than 500. */
export function noteRefusalOf(request: FastifyRequest, code: string): void {
  refusals.set(request, code);
}

/** One line for each call, with ids and no person: spec section 8.1. */
export function registerRequestLog(app: FastifyInstance, ctx: ListsContext): void {
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unknown';
    if (QUIET.test(route.slice(app.prefix.length))) return;
    const caller = knownCaller(request);
    const code = refusals.get(request);
    ctx.log.info(
      {
        method: request.method,
        route,
        status: reply.statusCode,
        outcome: outcomeOf(reply, code),
        ...(code === undefined ? {} : { code }),
        durationMs: Math.round(reply.elapsedTime),
        caller: caller?.kind ?? 'nobody',
        ...(caller === undefined ? {} : { userId: caller.userId }),
        ...idsIn(route, request),
        correlationId: request.id,
      },
      'request',
    );
  });
}

function outcomeOf(reply: FastifyReply, code: string | undefined): string {
  if (code !== undefined) return 'domain_error';
  if (reply.statusCode >= 500) return 'failed';
  return reply.statusCode >= 400 ? 'refused' : 'done';
}

/** Only what looks like an id of ours: a path may hold anything, an address included. */
function idsIn(route: string, request: FastifyRequest): { listId?: string; reservationId?: string } {
  // Fastify's router gives an object of texts.
  const params = request.params as Record<string, string | undefined>;
  const isReservation = /\/(reservations?|reserve)\/:id/.test(route);
  const reservationId = params.reservationid ?? params.rid ?? (isReservation ? params.id : undefined);
  const listId = !isReservation && route.includes('/lists/:id') ? params.id : undefined;
  return { ...(isId(listId) ? { listId } : {}), ...(isId(reservationId) ? { reservationId } : {}) };
}

function isId(value: string | undefined): value is string {
  return value !== undefined && /^[\w-]{1,36}$/.test(value);
}
