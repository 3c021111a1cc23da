import type { FastifyInstance } from 'fastify';
import type { PartiesContext } from '../context.ts';
import { databaseUnavailable } from '../errors.ts';
import { statusBody } from '../responses/bodies.ts';
import { selectNothing } from '../store/lookup-queries.ts';
import { sendBody, sendError } from './answers.ts';

const TIMEOUT_MS = 2_000;

/** GET /_status: one trivial read, no key and no version (spec section 6.9). */
export function registerStatus(app: FastifyInstance, ctx: PartiesContext): void {
  app.get('/_status', { exposeHeadRoute: false }, async (_request, reply) => {
    const { promise: timedOut, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(new Error('The database did not answer in time')), TIMEOUT_MS);
    try {
      await Promise.race([selectNothing(ctx.databases.parties_read.pool), timedOut]);
    } catch (error) {
      ctx.log.warn({ err: error }, 'status check failed');
      return sendError(reply, databaseUnavailable(error), 'null');
    } finally {
      clearTimeout(timer);
    }
    return sendBody(reply, { status: 200, body: statusBody, version: 'null' });
  });
}
