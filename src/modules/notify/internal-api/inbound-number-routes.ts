import type { FastifyPluginAsync } from 'fastify';
import type { NotifyContext } from '../context.ts';
import { answerJson } from '../routes/answers.ts';
import { switchNumberOff } from '../service-settings/inbound-number-queries.ts';
import { allocateNumber, removeNumber } from '../service-settings/inbound-numbers.ts';
import { readBody, readFields } from './fields.ts';
import { PRESENT_SENDER } from './present-service.ts';
import { idOf } from './requests.ts';
import { refusing } from './sender-routes.ts';
import { serviceOf } from './service-routes.ts';

/** Giving numbers to services and taking them back: internals section 3.4.14. */
export function inboundNumberRoutes(ctx: NotifyContext): FastifyPluginAsync {
  return async (app) => {
    app.post(
      '/inbound-number/service/:serviceId',
      { schema: { summary: 'Give a number to a service' } },
      async (request, reply) => {
        const service = await serviceOf(ctx, idOf(request, 'serviceId'));
        const { inbound_number_id: numberId } = readFields(readBody(request), {
          inbound_number_id: { kind: 'uuid', nullable: true },
        });
        const sender = await refusing(() => allocateNumber(ctx, service.id, numberId ?? undefined));
        return answerJson(reply, 201, PRESENT_SENDER.sms_senders(sender));
      },
    );
    app.post(
      '/inbound-number/service/:serviceId/off',
      { schema: { summary: 'Switch the number of a service off' } },
      async (request, reply) => {
        const service = await serviceOf(ctx, idOf(request, 'serviceId'));
        await switchNumberOff(ctx.db.kysely, service.id, ctx.clock.now());
        return reply.code(204).send();
      },
    );
    app.post(
      '/service/:serviceId/inbound-sms/remove',
      { schema: { summary: 'Receive no more texts' } },
      async (request, reply) => {
        const service = await serviceOf(ctx, idOf(request, 'serviceId'));
        const { archive } = readFields(readBody(request), { archive: { kind: 'boolean', required: true } });
        await removeNumber(ctx, service.id, { isArchived: archive });
        return answerJson(reply, 200, {});
      },
    );
  };
}
