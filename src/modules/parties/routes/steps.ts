import { randomUUID } from 'node:crypto';
import { threadId } from 'node:worker_threads';
import type { FastifyRequest } from 'fastify';
import type { PartiesContext } from '../context.ts';
import { GatewayError, PartiesError } from '../errors.ts';

/** The named steps of one request, in the order they ran (spec sections 6.1 and 8.1). */
export interface Steps {
  /** Runs a step and returns what it returns; what it throws ends the request. */
  step<T>(name: string, work: () => T): T;
  /** Those that ran; empty where nobody wants to know. */
  readonly done: readonly Step[];
}

interface Step {
  name: string;
  startedAt: number;
  endedAt: number;
  /** `error` is a refusal that the contract foresees, `failed` anything else. */
  status: 'succeeded' | 'error' | 'failed';
  error?: unknown;
}

const NOT_WATCHED: Steps = { step: (_name, work) => work(), done: [] };

/** Notes the steps of a request where the settings or a collector of traces ask for them. */
export function createSteps({ config, tracer }: Pick<PartiesContext, 'config' | 'tracer'>): Steps {
  if (config.stepLog === 'off' && !tracer.isOn) return NOT_WATCHED;
  const done: Step[] = [];
  return {
    done,
    step: (name, work) => {
      const step: Step = { name, startedAt: performance.now(), endedAt: 0, status: 'succeeded' };
      done.push(step);
      try {
        const result = work();
        if (!(result instanceof Promise)) step.endedAt = performance.now();
        // The caller waits for the same promise and gets its rejection; here it is only noted.
        else
          result.then(
            () => end(step),
            (error: unknown) => fail(step, error),
          );
        return result;
      } catch (error) {
        fail(step, error);
        throw error;
      }
    },
  };
}

function end(step: Step): void {
  step.endedAt = performance.now();
}

function fail(step: Step, error: unknown): void {
  end(step);
  const isForeseen = (error instanceof PartiesError || error instanceof GatewayError) && error.status < 500;
  step.status = isForeseen ? 'error' : 'failed';
  step.error = error;
}

const INSTANCE = randomUUID();

/** A line for each step of a request, with neither its arguments nor what was sent: ids and error codes alone. */
export function logSteps(ctx: PartiesContext, request: FastifyRequest, status: number): void {
  const { stepLog } = ctx.config;
  const { operation = 'unknown', steps } = request.parties ?? {};
  const isWanted = stepLog === 'all' || (stepLog === 'failures' && status >= 400);
  if (!steps || !isWanted) return;
  const internalId = randomUUID().replaceAll('-', '');
  for (const step of steps.done) {
    const isFailed = step.status === 'failed';
    const line = {
      timestamp: new Date(performance.timeOrigin + step.startedAt).toISOString(),
      internal_id: internalId,
      correlation_id: request.id,
      service: `${operation}-${INSTANCE}`,
      action: `parties.${operation}.${step.name}`,
      action_duration: Math.round((endOf(step) - step.startedAt) * 1_000) / 1_000_000,
      action_status: step.status,
      action_result: resultOf(step),
      log_info: {
        level: isFailed ? 'ERROR' : 'INFO',
        path: request.routeOptions.url,
        func: step.name,
        pid: process.pid,
        thread: threadId,
      },
    };
    if (isFailed) ctx.log.error({ ...line, err: step.error }, 'step');
    else ctx.log.info(line, 'step');
  }
}

/** A span for each step, beside the listener's own span of the request. */
export function traceSteps({ tracer }: PartiesContext, request: FastifyRequest): void {
  const { operation = 'unknown', steps } = request.parties ?? {};
  if (!tracer.isOn || !steps) return;
  const { traceparent } = request.headers;
  for (const step of steps.done) {
    tracer.record({
      name: `parties.${operation}.${step.name}`,
      kind: 'internal',
      startedAt: new Date(performance.timeOrigin + step.startedAt),
      endedAt: new Date(performance.timeOrigin + endOf(step)),
      traceparent: typeof traceparent === 'string' ? traceparent : undefined,
      correlationId: request.id,
      attributes: { 'signalbox.action_status': step.status },
      isError: step.status === 'failed',
    });
  }
}

/** A step that is still waiting when its request is answered has lasted until now. */
function endOf(step: Step): number {
  return step.endedAt === 0 ? performance.now() : step.endedAt;
}

function resultOf({ error }: Step): string | undefined {
  if (error instanceof PartiesError) return error.items.map(({ code }) => code).join(' ');
  return error instanceof Error ? error.name : undefined;
}
