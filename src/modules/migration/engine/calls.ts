// The requests that most domains make, so that a descriptor only names where they go.
import type { Upstream } from '../upstreams/index.ts';
import type { CallContext, CreateContext } from './domain.ts';

/** Reads the record whose key fills the names of a path: `/locations/{id}`; undefined when there is none. */
export function readOne<R>(template: string) {
  return (upstream: Upstream, key: string, call: CallContext): Promise<R | undefined> =>
    upstream.read<R>({ path: fill(template, key), template, ...call });
}

/** Deletes a record of the target; one that is not there counts as deleted. */
export function removeOne(template: string, headers: Record<string, string> = {}) {
  return async (target: Upstream, id: string, call: CallContext): Promise<void> => {
    await target.request({
      method: 'DELETE',
      path: fill(template, id),
      template,
      headers,
      accept: [404],
      ...call,
    });
  };
}

export interface Sending {
  method: 'POST' | 'PUT';
  template: string;
  /** Fills the names of the path. */
  key?: string;
  query?: Record<string, boolean>;
  headers?: Record<string, string>;
  contentType?: string;
  body: unknown;
  /** Answers besides 2xx that are as good. */
  accept?: number[];
}

/** Sends a record, under its idempotency key where it is a new one; the JSON of the answer, undefined without one. */
export async function send<T>(
  target: Upstream,
  { template, key = '', headers, ...request }: Sending,
  call: CallContext | CreateContext,
): Promise<T> {
  const { idempotencyKey, isBulk: _, ...rest } = call as CallContext & Partial<CreateContext>;
  const answer = await target.request({
    path: fill(template, key),
    template,
    headers: { ...headers, ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }) },
    ...request,
    ...rest,
  });
  // Each caller names the shape that the target's interface gives for this answer.
  return (answer.text === '' ? undefined : JSON.parse(answer.text)) as T;
}

/** The names of a path take the parts of a key, which `/` separates, in turn. */
function fill(template: string, key: string): string {
  const parts = template.split('{').length > 2 ? key.split('/') : [key];
  let next = 0;
  return template.replace(/\{\w+\}/g, () => encodeURIComponent(parts[next++] ?? ''));
}
