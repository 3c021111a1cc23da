// The requests that most domains make, so that a descriptor only names where they go.
import type { Upstream } from '../upstreams/index.ts';
import type { CallContext, Comparison, CreateContext, Domain, SourceRecord } from './domain.ts';

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

/**
 * Create and update for a target that takes new and known records alike: an `id` in the body says that it is known. The
 * answer names the id.
 */
export function upsertAt<R>(
  method: 'POST' | 'PUT',
  template: string,
): Pick<Domain<R>, 'create'> & {
  update: NonNullable<Domain<R>['update']>;
} {
  return {
    create: async (target, body, call) => {
      const made = await send<{ id: string }>(target, { method, template, body }, call);
      return { status: 'accepted', targetId: made.id };
    },
    update: (target, id, body, call) =>
      send(target, { method, template, body: { ...(body as object), id } }, call),
  };
}

/** Both sides by the same members, null where there is none. */
export function comparisonOf<R>(compared: {
  /** Names of the members, separated by spaces. */
  members: string;
  /** What the target should hold for a record. */
  wanted(record: R): Record<string, unknown>;
  /** Where the target shows one record. */
  readTarget: string;
  /** The target's record with its members under the same names, where they differ. */
  found?(record: SourceRecord): Record<string, unknown>;
}): Comparison<R> {
  const { wanted, found = (record: SourceRecord) => record, readTarget } = compared;
  const members = compared.members.split(' ');
  const pick = (record: Record<string, unknown>) =>
    Object.fromEntries(members.map((name) => [name, record[name] ?? null]));
  return {
    ofSource: (record) => pick(wanted(record)),
    ofTarget: (record) => pick(found(record)),
    readTarget: readOne(readTarget),
  };
}

/** The names of a path take the parts of a key, which `/` separates, in turn. */
function fill(template: string, key: string): string {
  const parts = template.split('{').length > 2 ? key.split('/') : [key];
  let next = 0;
  return template.replace(/\{\w+\}/g, () => encodeURIComponent(parts[next++] ?? ''));
}
