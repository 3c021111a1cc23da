import type { FastifyPluginAsync } from 'fastify';
import type { NotifyContext } from '../context.ts';
import { answerJson } from '../routes/answers.ts';
import { naiveIso } from './times.ts';

/** Prices of today: internals section 3.4.15. The router takes them with a slash at their end, too. */
export function rateRoutes(ctx: NotifyContext): FastifyPluginAsync {
  return async (app) => {
    app.get('/sms-rate', { schema: { summary: 'The price of a text message' } }, async (_request, reply) => {
      const now = ctx.clock.now();
      const { sms } = await ctx.rates.get('all');
      // Newest first.
      const rate = sms.find(({ valid_from: from }) => from <= now);
      if (!rate) throw new Error('There is no price for text messages today');
      return answerJson(reply, 200, { rate: Number(rate.rate), valid_from: naiveIso(rate.valid_from) });
    });
    app.get('/letter-rates', { schema: { summary: 'The prices of letters' } }, async (_request, reply) => {
      const now = ctx.clock.now();
      const { letters } = await ctx.rates.get('all');
      const current = letters.filter(
        ({ start_date: from, end_date: until }) => from <= now && (until === null || until > now),
      );
      // Newest first: the first of each class and count is the one that holds.
      const newest = current.filter(
        (rate, place) =>
          current.findIndex(
            (other) => other.post_class === rate.post_class && other.sheet_count === rate.sheet_count,
          ) === place,
      );
      return answerJson(
        reply,
        200,
        newest.map((rate) => ({
          sheet_count: rate.sheet_count,
          start_date: naiveIso(rate.start_date),
          rate: rate.rate,
          post_class: rate.post_class,
        })),
      );
    });
  };
}
