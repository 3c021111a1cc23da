import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';

export interface HealthReport {
  status: 'UP' | 'DOWN';
  components: Record<string, { status: 'UP' | 'DOWN'; details?: Record<string, unknown> }>;
}

const ReportSchema = Type.Object({
  status: Type.Union([Type.Literal('UP'), Type.Literal('DOWN')]),
  components: Type.Optional(
    Type.Record(
      Type.String(),
      Type.Object({
        status: Type.String(),
        details: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
      }),
    ),
  ),
});

/**
 * GET /health (components), /health/liveness (the process answers), /health/readiness (200 only when all it needs is
 * up, else 503) and /info, in the shape that Spring Boot's actuator made common.
 */
export function registerHealth(
  app: FastifyInstance,
  options: { name: string; version: string; report: () => Promise<HealthReport> },
): void {
  const { name, version, report } = options;
  const response = { 200: ReportSchema, 503: ReportSchema };
  const answer = async (): Promise<{ status: 200 | 503; body: HealthReport }> => {
    const body = await report();
    return { status: body.status === 'UP' ? 200 : 503, body };
  };
  const tags = ['health'];
  app.get(
    '/health',
    { schema: { tags, summary: 'State of each component', response } },
    async (_request, reply) => {
      const { status, body } = await answer();
      return reply.code(status).send(body);
    },
  );
  app.get(
    '/health/readiness',
    { schema: { tags, summary: '200 only when everything needed is up', response } },
    async (_request, reply) => {
      const { status, body } = await answer();
      return reply.code(status).send(body);
    },
  );
  app.get(
    '/health/liveness',
    { schema: { tags, summary: '200 while the process answers', response: { 200: ReportSchema } } },
    async () => ({ status: 'UP' as const }),
  );
  app.get('/info', { schema: { tags, summary: 'Name and version' } }, async () => ({
    build: { name, version },
  }));
}
