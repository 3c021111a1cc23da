// The requests that most domains make, so that a descriptor only names where they go.
import { hash } from 'node:crypto';
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

/**
 * Create and update for a target that sets a record to what it is told, however often. `idOf` names the record there,
 * from what was sent or from the answer.
 */
export function setAt<R, Sent, Answer = void>(
  requestOf: (sent: Sent, isBulk: boolean) => Sending,
  idOf: (sent: Sent, answer: Answer) => string,
): Pick<Domain<R>, 'create' | 'honoursIdempotencyKey'> & { update: NonNullable<Domain<R>['update']> } {
  return {
    create: async (target, sent, call) => {
      const answer = await send<Answer>(target, requestOf(sent as Sent, call.isBulk), call);
      return { status: 'accepted', targetId: idOf(sent as Sent, answer) };
    },
    update: (target, _id, sent, call) => send(target, requestOf(sent as Sent, false), call),
    honoursIdempotencyKey: true,
  };
}

/** A UUID that the same content always has, for targets that know a repeated request by its id. */
export function uuidOfContent(content: unknown): string {
  const digest = hash('sha256', JSON.stringify(content));
  // Version 8 and the usual variant say that the rest is our own.
  return digest.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-8$3-8$4-$5');
}

/** Looks for a record before it is made: the target shows it by a name that what is sent holds as well. */
export function findAt<Sent>(template: string, keyOf: (sent: Sent) => string): NonNullable<Domain['find']> {
  const read = readOne<{ id: string }>(template);
  return async (target, sent, call) => (await read(target, keyOf(sent as Sent), call))?.id ?? null;
}

/** The members that a target should hold, on both sides; one that is left out is null. */
export function comparisonOf<R>(
  /** What the target should hold for a record. */
  wanted: (record: R) => Record<string, unknown>,
  /** Where the target shows one record. */
  readTarget: string,
  /** The target's record with its members under the same names, where they differ. */
  found: (record: SourceRecord) => Record<string, unknown> = (record) => record,
): Comparison<R> {
  return { ofSource: wanted, shown: { fieldsOf: found, read: readOne(readTarget) } };
}

/** The names of a path take the parts of a key, which `/` separates, in turn. */
function fill(template: string, key: string): string {
  const parts = template.split('{').length > 2 ? key.split('/') : [key];
  let next = 0;
  return template.replace(/\{\w+\}/g, () => encodeURIComponent(parts[next++] ?? ''));
}
