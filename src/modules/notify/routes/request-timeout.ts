import type { FastifyInstance, FastifyReply } from 'fastify';
import { answerJson, pathOf } from './answers.ts';

const MESSAGE = 'Timeout serving request';

/**
 * Answers requests of a plugin that take too long with the contract's 504 (public section 3.1). What was begun goes on to
 * its end: its transaction commits whole or not at all, as after any answer that a client did not wait for.
 */
export function limitRequestTime(app: FastifyInstance, timeoutMs: number): void {
  const timers = new WeakMap<FastifyReply, NodeJS.Timeout>();
  app.addHook('onRequest', async (request, reply) => {
    const timer = setTimeout(() => {
      if (reply.sent) return;
      const isV2 = pathOf(request).slice(app.prefix.length).startsWith('/v2');
      const errors = [{ error: 'SoftEventletTimeout', message: MESSAGE }];
      answerJson(reply, 504, isV2 ? { status_code: 504, errors } : { result: 'error', message: MESSAGE });
    }, timeoutMs);
    timers.set(reply, timer.unref());
  });
  app.addHook('onResponse', async (_request, reply) => {
    clearTimeout(timers.get(reply));
  });
}
