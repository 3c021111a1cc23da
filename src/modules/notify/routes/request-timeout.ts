import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { RequestTimeoutError } from '../errors.ts';
import { answerJson, pathOf } from './answers.ts';

/** What is left for a commit that has begun: a message is stored only when its caller will hear of it. */
const COMMIT_MS = 1_500;
const deadlines = new WeakMap<FastifyRequest, number>();

/**
 * When, by `performance.now()`, a request must have its effects: past it, functions that store for it must not begin to.
 * Undefined where nothing limits the time.
 */
export function deadlineOf(request: FastifyRequest): number | undefined {
  return deadlines.get(request);
}

/** Answers requests of a plugin that take too long with the contract's 504 (public section 3.1). */
export function limitRequestTime(app: FastifyInstance, timeoutMs: number): void {
  const timers = new WeakMap<FastifyReply, NodeJS.Timeout>();
  app.addHook('onRequest', async (request, reply) => {
    deadlines.set(request, performance.now() + timeoutMs - Math.min(COMMIT_MS, timeoutMs / 2));
    const timer = setTimeout(() => {
      if (reply.sent) return;
      const isV2 = pathOf(request).slice(app.prefix.length).startsWith('/v2');
      const { errors, message } = new RequestTimeoutError();
      answerJson(reply, 504, isV2 ? { status_code: 504, errors } : { result: 'error', message });
    }, timeoutMs);
    timers.set(reply, timer.unref());
  });
  app.addHook('onResponse', async (_request, reply) => {
    clearTimeout(timers.get(reply));
  });
}
