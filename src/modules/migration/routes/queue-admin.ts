// Queue administration: spec section 3.7; and the HTTP ingress of section 3.9.
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { requireRole, rolesOf, whoAsks } from '../access/access.ts';
import type { MigrationContext } from '../context.ts';
import { migrationEvent } from '../events.ts';
import { countOf, purgeDeadLetters, readDeadLetters, retryDeadLetters } from '../queues/dead-letters.ts';
import { listQueues, type QueueEntry } from '../queues/queue-catalogue.ts';
import { countQueue } from '../runs/run-progress.ts';
import { countWaitingPages, upsertPurge } from '../runs/run-queries.ts';
import type { EventIntake } from '../sync/intake.ts';

const tags = ['queues'];
const MAX_MESSAGES = 1_000;

export function queueAdminRoutes(ctx: MigrationContext, intake: EventIntake): FastifyPluginAsync {
  return async (app) => {
    const onRequest = requireRole(ctx.verifier, rolesOf(ctx.config, 'queues'));
    const queues = listQueues(ctx);
    const schema = (summary: string) => ({ summary, tags });

    app.put(
      '/queue-admin/retry-dlq/:name',
      { schema: schema('Move the dead letters of a queue back'), onRequest },
      async (request, reply) => {
        const queue = queues.find((entry) => entry.dlqName === nameIn(request));
        if (!queue) return notFound(request, reply);
        return { messagesFoundCount: await retryOne(ctx, queue, request) };
      },
    );
    app.put(
      '/queue-admin/retry-all-dlqs',
      {
        schema: schema('Move the dead letters of all queues back'),
        ...(ctx.config.protectRetryAll ? { onRequest } : {}),
      },
      async (request) => {
        const found = [];
        for (const queue of queues) found.push({ messagesFoundCount: await retryOne(ctx, queue, request) });
        return found;
      },
    );
    app.put(
      '/queue-admin/purge-queue/:name',
      { schema: schema('Empty a queue or its dead letters'), onRequest },
      async (request, reply) => {
        const name = nameIn(request);
        const main = queues.find((entry) => entry.queueName === name);
        const dead = queues.find((entry) => entry.dlqName === name);
        if (!main && !dead) return notFound(request, reply);
        const messagesFoundCount = main
          ? await purgeMain(ctx, main)
          : await purgeDeadLetters(ctx, dead as QueueEntry, whoAsks(request));
        if (messagesFoundCount > 0) {
          await tell(ctx, request, 'PurgeQueue', { 'queue-name': name, found: messagesFoundCount });
        }
        return { messagesFoundCount };
      },
    );
    app.get(
      '/queue-admin/get-dlq-messages/:name',
      { schema: schema('Read dead letters without removing them'), onRequest },
      async (request, reply) => {
        const queue = queues.find((entry) => entry.dlqName === nameIn(request));
        if (!queue) return notFound(request, reply);
        const { maxMessages } = request.query as { maxMessages?: string };
        const wanted = /^\d{1,6}$/.test(maxMessages ?? '') ? Number(maxMessages) : 100;
        return readDeadLetters(ctx, queue, Math.min(wanted, MAX_MESSAGES));
      },
    );
    app.post(
      '/queues/:name/messages',
      {
        schema: schema('Put one event envelope on an event queue'),
        onRequest,
        // The envelope is kept as it came; what cannot be read becomes a dead letter, as from SQS.
        validatorCompiler: () => () => true,
      },
      async (request, reply) => {
        const queue = queues.find((entry) => entry.queueName === nameIn(request) && entry.kind === 'event');
        if (!queue) return notFound(request, reply);
        const body = typeof request.body === 'string' ? request.body : JSON.stringify(request.body ?? null);
        const messageId = await intake.accept(queue, { body, correlationId: request.id });
        return reply.code(202).send({ messageId });
      },
    );
  };
}

async function retryOne(ctx: MigrationContext, queue: QueueEntry, request: FastifyRequest): Promise<number> {
  const found = await retryDeadLetters(ctx, queue, whoAsks(request));
  if (found > 0) await tell(ctx, request, 'RetryDLQ', { 'dlq-name': queue.dlqName, found });
  return found;
}

/** Messages that have arrived by now are dropped by whoever claims them; a run counts them as dropped. */
async function purgeMain(ctx: MigrationContext, queue: QueueEntry): Promise<number> {
  const { waiting: records } = await countQueue(ctx, queue.task);
  const pages = await countWaitingPages(ctx.db.kysely);
  const waiting = records + (queue.kind === 'bulk' ? (pages.get(queue.domain.type) ?? 0) : 0);
  if (waiting > 0) await upsertPurge(ctx.db.kysely, queue.queueId);
  return waiting;
}

async function tell(
  ctx: MigrationContext,
  request: FastifyRequest,
  name: string,
  facts: { found: number } & Record<string, string | number>,
): Promise<void> {
  const { found, ...names } = facts;
  const properties = {
    ...Object.fromEntries(Object.entries(names).map(([key, value]) => [key, String(value)])),
    'messages-found': String(found),
  };
  await ctx.events.append(ctx.db.kysely, [migrationEvent(name, properties, { correlationId: request.id })]);
}

function nameIn(request: FastifyRequest): string {
  return (request.params as { name: string }).name;
}

/** The default body of the original's framework. */
function notFound(request: FastifyRequest, reply: FastifyReply) {
  return reply.code(404).send({
    timestamp: new Date().toISOString(),
    path: request.url.split('?', 1)[0],
    status: 404,
    error: 'Not Found',
    message: `${nameIn(request)} not found`,
    requestId: request.id,
  });
}

export { countOf };
