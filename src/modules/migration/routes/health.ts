// Health and info as the original's dashboards read them: spec section 3.8.
import type { FastifyPluginAsync } from 'fastify';
import { isReachable } from '#platform/db';
import { OutgoingCallError } from '#platform/http';
import type { MigrationContext } from '../context.ts';
import { listQueues } from '../queues/queue-catalogue.ts';
import { countDeadLetters } from '../runs/run-progress.ts';
import { countWaitingPages } from '../runs/run-queries.ts';
import { UPSTREAM_NAMES } from '../upstreams/index.ts';

interface Component {
  status: 'UP' | 'DOWN';
  details?: Record<string, unknown>;
}

const CACHE_MS = 2_000;
const UPSTREAM_TIMEOUT_MS = 2_000;
const tags = ['health'];

export function healthRoutes(ctx: MigrationContext, version: string): FastifyPluginAsync {
  return async (app) => {
    let cached: { at: number; report: Promise<Record<string, Component>> } | undefined;
    const read = () => {
      const now = Date.now();
      if (!cached || now - cached.at > CACHE_MS) cached = { at: now, report: readComponents(ctx, version) };
      return cached.report;
    };
    app.get('/health', { schema: { tags, summary: 'State of each component' } }, async (_request, reply) => {
      const components = await read();
      const isUp = Object.values(components).every((component) => component.status === 'UP');
      return reply.code(isUp ? 200 : 503).send({ status: isUp ? 'UP' : 'DOWN', components });
    });
    for (const path of ['/health/ping', '/health/liveness']) {
      app.get(path, { schema: { tags, summary: 'The process answers' } }, async () => ({ status: 'UP' }));
    }
    app.get(
      '/health/readiness',
      { schema: { tags, summary: 'Ready for requests' } },
      async (_request, reply) => {
        const isUp = await isReachable(ctx.db);
        return reply.code(isUp ? 200 : 503).send({ status: isUp ? 'UP' : 'DOWN' });
      },
    );
    app.get('/info', { schema: { tags, summary: 'Name, version and switches' } }, async () => ({
      build: { name: 'hmpps-prisoner-from-nomis-migration', version, artifact: 'signalbox' },
      app: { name: 'Signalbox', version },
      productId: 'DPS022',
      'event-feature-switches': Object.fromEntries(
        Object.entries(ctx.config)
          .filter(([name]) => name.startsWith('switch:'))
          .map(([name, value]) => [name.slice('switch:'.length), value])
          .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)),
      ),
    }));
  };
}

async function readComponents(ctx: MigrationContext, version: string): Promise<Record<string, Component>> {
  const upstreams = UPSTREAM_NAMES.map((name) => ctx.upstreams[name]);
  if (ctx.upstreams.mapping) upstreams.push(ctx.upstreams.mapping);
  const called = [
    { healthKey: 'hmppsAuthApiHealth', baseUrl: ctx.upstreams.authUrl },
    ...upstreams.map(({ healthKey, baseUrl }) => ({ healthKey, baseUrl })),
  ].filter(({ healthKey }) => !ctx.config.excludedHealth.includes(healthKey));
  const [queues, ...answers] = await Promise.all([
    readQueues(ctx),
    ...called.map(async ({ healthKey, baseUrl }) => [healthKey, await ping(ctx, baseUrl)] as const),
  ]);
  return {
    db: { status: (await isReachable(ctx.db)) ? 'UP' : 'DOWN' },
    healthInfo: { status: 'UP', details: { version } },
    ...(ctx.upstreams.mapping
      ? {}
      : { nomisMappingApi: { status: 'UP', details: { HttpStatus: '200 OK' } } }),
    ...Object.fromEntries(answers),
    ...queues,
    // Its messages are in the register when what they tell of commits, so none ever waits.
    'audit-health': {
      status: 'UP',
      details: { queueName: ctx.config['queue:audit'], messagesOnQueue: '0', messagesInFlight: '0' },
    },
  };
}

async function readQueues(ctx: MigrationContext): Promise<Record<string, Component>> {
  const entries = listQueues(ctx);
  try {
    const states = new Map((await ctx.jobs.queues()).map((state) => [state.queue, state]));
    const pages = await countWaitingPages(ctx.db.kysely);
    const components: Record<string, Component> = {};
    for (const entry of entries) {
      const state = states.get(entry.task);
      const waitingPages = entry.kind === 'bulk' ? (pages.get(entry.domain.type) ?? 0) : 0;
      const dead = entry.kind === 'bulk' ? await countDeadLetters(ctx, entry.domain) : (state?.failed ?? 0);
      components[`${entry.queueId}-health`] = {
        status: 'UP',
        details: {
          queueName: entry.queueName,
          // A migration queue holds the messages of pages as well.
          messagesOnQueue: String((state?.waiting ?? 0) + waitingPages),
          messagesInFlight: String(state?.active ?? 0),
          dlqStatus: 'UP',
          dlqName: entry.dlqName,
          messagesOnDlq: String(dead),
          oldestMessageSeconds: state?.oldestWaitingSeconds ?? null,
        },
      };
    }
    return components;
  } catch (error) {
    ctx.log.warn({ err: error }, 'queues cannot be read');
    const details = { dlqStatus: 'DOWN', error: 'The queue cannot be read' };
    return Object.fromEntries(
      entries.map((entry) => [
        `${entry.queueId}-health`,
        { status: 'DOWN' as const, details: { ...details, queueName: entry.queueName } },
      ]),
    );
  }
}

async function ping(ctx: MigrationContext, baseUrl: string): Promise<Component> {
  try {
    const answer = await ctx.outgoing.call({
      target: 'health',
      method: 'GET',
      url: `${baseUrl}/health/ping`,
      timeoutMs: UPSTREAM_TIMEOUT_MS,
    });
    const isUp = answer.status >= 200 && answer.status < 300;
    return isUp
      ? { status: 'UP', details: { HttpStatus: answer.status === 200 ? '200 OK' : String(answer.status) } }
      : {
          status: 'DOWN',
          details: { HttpStatus: String(answer.status), body: answer.body.toString().slice(0, 200) },
        };
  } catch (error) {
    if (!(error instanceof OutgoingCallError)) throw error;
    return { status: 'DOWN', details: { error: error.fault } };
  }
}
