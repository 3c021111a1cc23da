import type { FastifyInstance } from 'fastify';
import type { NotifyMetrics } from '../events.ts';

/** Counts the requests that are being served: public section 8.2. */
export function countConcurrentRequests(
  app: FastifyInstance,
  { concurrentRequests }: Pick<NotifyMetrics, 'concurrentRequests'>,
): void {
  app.addHook('onRequest', async (_request, reply) => {
    concurrentRequests.inc();
    // Comes once in any case, also when the caller hung up before there was an answer.
    reply.raw.once('close', () => concurrentRequests.dec());
  });
}
