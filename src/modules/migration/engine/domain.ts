// A domain is one kind of record that moves: a folder below `domains/` whose `index.ts` exports one of these, and one
// line in `domains/index.ts`. Bulk runs, synchronisation, repair, reconciling, history, metrics and console pages come
// from the engine. A descriptor says where records are and what they look like; it holds no state and opens no
// transaction. Whatever is thrown is retried and finally dead-lettered; `RefusedRecordError` goes there at once.
import type { TObject } from 'typebox';
import type { PrisonTime } from '../domains/visits/prison-times.ts';
import type { Upstream, UpstreamName } from '../upstreams/index.ts';

/** A record of the source as its API gave it. Each domain names its own shape. */
// biome-ignore lint/suspicious/noExplicitAny: the engine hands a record back to the domain that read it and never looks inside
export type SourceRecord = any;

export interface Domain<R extends SourceRecord = SourceRecord> {
  /** `MigrationType` of the original, also the key of its mappings and ledger rows: `VISITS`. */
  type: string;
  /** Lower-case word for task names, settings and the role of the domain's own: `visits`. */
  name: string;
  title: string;
  /** Telemetry name (spec appendix A): events are `<telemetryName>-migration-started` ... */
  telemetryName: string;
  source: UpstreamName;
  target: UpstreamName;
  /** Null where records have the same id on both sides: then they are sent anew by every run and every event. */
  mapping: MappingShape | null;
  /** One record by its NOMIS key; undefined when the source answers 404. */
  read(source: Upstream, key: string, call: CallContext): Promise<R | undefined>;
  /** What is sent to the target. May look things up (rooms); throws RefusedRecordError for what can never be sent. */
  transform(record: R, tools: TransformTools): Promise<unknown> | unknown;
  /** Sends a new record; `accepted` needs the target's id, `rejected` is a refusal that is no failure. */
  create(target: Upstream, body: unknown, call: CreateContext): Promise<CreateResult>;
  /**
   * Looks for a record that an unknown outcome may have left behind: its target id, null when the target surely does
   * not hold it, undefined when the target cannot be asked (then `retry` or `hold`, spec section 5.6 rule 4).
   */
  find?(target: Upstream, body: unknown, call: CallContext): Promise<string | null | undefined>;
  update?(target: Upstream, targetId: string, body: unknown, call: CallContext): Promise<void>;
  /** Must take a record that is not there for removed. */
  remove?(target: Upstream, targetId: string, call: CallContext): Promise<void>;
  /** For targets without `update`: changes at the target what can be changed, for repairs. */
  mend?(target: Upstream, targetId: string, record: R, call: CallContext): Promise<void>;
  /** The mapping's extra fields, from the source record. */
  extraOf?(record: R): Record<string, unknown>;
  /** What undoing a run does at the target; `remove` without it. */
  undo?(target: Upstream, targetId: string, call: CallContext): Promise<void>;
  /** Target repeats a create with the same `Idempotency-Key` without doing it twice. */
  honoursIdempotencyKey?: boolean;
  /** For reconciling; without it only the presence of records is compared. */
  compare?: Comparison<R>;
  bulk?: BulkDeclaration<R>;
  sync?: SyncDeclaration<R>;
  repairs?: RepairDeclaration[];
  payload?: PayloadDeclaration;
}

export interface CallContext {
  correlationId: string | null;
  signal?: AbortSignal;
  /** Less than the upstream's limit: the caller will look for the outcome. */
  timeoutMs?: number;
}

export interface CreateContext extends CallContext {
  idempotencyKey: string;
  /** The create belongs to a bulk run; some targets take those on a path of their own. */
  isBulk: boolean;
}

export type CreateResult = { status: 'accepted'; targetId: string } | { status: 'rejected' };

/** Mapping rows of the domain in the mapping service's API: spec section 3.6. */
export interface MappingShape {
  /** `/mapping/visits`. */
  path: string;
  /** Order of the checks for a duplicate: visits by NOMIS id first, adjustments by DPS id first. */
  firstCheck: 'nomis' | 'dps';
  mappingTypes: readonly string[];
  /** Fields of the JSON that make the NOMIS key, in the order in which the key joins them with `/`. */
  nomisFields: readonly MappingField[];
  dpsField: string;
  /** Longest DPS key; 64 without it. */
  maxDpsKey?: number;
  /** Path of the look-up by NOMIS key with `{field}` for values: `/mapping/visits/nomisId/{nomisId}`. */
  nomisPath: string;
  dpsPath: string;
  /** Class name and words in the 409 message: `VisitMappingDto`, `Visit`. */
  dtoName: string;
  noun: string;
  /** 404 messages. */
  notFound: { nomis(key: string): string; dps(key: string): string };
  /** `Spring Page` (A) or `PagedModel` (B). */
  pageShape: 'A' | 'B';
  /** Further fields of the JSON that are kept as they are. */
  extraFields?: readonly string[];
  /** Telemetry of the mapping service for each row it made. */
  createdEvent?: { name: string; properties(row: MappingFields): Record<string, string> };
  /** Path of an earlier age under which the same operations answer. */
  formerPath?: string;
  /** Roles besides those for every mapping. */
  roles?: readonly string[];
  /** Several records of the source may share one of the target: `<dpsPath>/all` lists them. */
  sharesDps?: boolean;
  /** `POST <path>/batch` makes several, all or none. */
  takesBatches?: boolean;
  /** A POST of NOMIS ids lists their mappings. */
  listPath?: string;
  /** Rows are removed when they are so many days old; kept for ever without it. */
  keepDays?: number;
  /** Where any service may look the two ids up: `<publicPath>/nomis/{id}` and `<publicPath>/dps/{id}`. */
  publicPath?: string;
}

export interface MappingField {
  name: string;
  kind: 'integer' | 'text';
  /** Closed set of a text field. */
  oneOf?: readonly string[];
}

export interface MappingFields {
  nomisKey: string;
  dpsKey: string;
  label: string | null;
  mappingType: string;
}

export interface TransformTools {
  /** Local date-time now, Europe/London. */
  now: string;
  call: CallContext;
  /** The event that asked for this, for the few records that do not say whose they are. */
  message?: SyncMessage;
  /** Deployment data: the setting VISITS_PRISON_TIMES. */
  prisonTimes: readonly PrisonTime[];
  /** The room of the new service for a NOMIS room description; undefined without a mapping. */
  findRoom(prisonId: string, description: string): Promise<{ vsipId: string; isOpen: boolean } | undefined>;
  /** Target id of the record above this one. Throws AwaitingParentError while that has no mapping. */
  parentId(type: string, nomisKey: string): Promise<string>;
}

export interface Comparison<R> {
  /** The fields that both sides must agree on, from the source record. Values are compared as JSON, null where absent. */
  ofSource(record: R, tools: TransformTools): Promise<Record<string, unknown>> | Record<string, unknown>;
  /** How the target shows its records. Without it, since the target shows none, what was last sent stands for it. */
  shown?: ShownRecords;
}

export interface ShownRecords {
  /** The fields of `Comparison.ofSource` from the target's record, which may have others as well. */
  fieldsOf(record: SourceRecord): Record<string, unknown>;
  /** One record of the target; undefined when it is not there. */
  read(target: Upstream, targetId: string, call: CallContext): Promise<SourceRecord | undefined>;
  /** Page by page all records of the target, in any order; several pages are asked for at a time. Needs exactly the fields. */
  list?(
    target: Upstream,
    page: number,
    call: CallContext,
  ): Promise<{ records: { id: string; record: SourceRecord }[]; isLast: boolean }>;
}

export interface BulkDeclaration<R> {
  /** Queue id of the original (spec appendix A): `migrationvisits`. */
  queueId: string;
  /** Default names of queue and DLQ in health and queue administration. */
  queueName: string;
  dlqName: string;
  /** `/migrate/visits`. */
  startPath: string;
  /** A member with a title has a field in the console's form. */
  filter: TObject;
  /** The effective filter from the request's body: defaults filled in, null members gone. */
  readFilter(body: Record<string, unknown>): Record<string, unknown>;
  pageSize: number;
  /** Messages of its queue that one process works on at a time, where it is not as many as of other queues. */
  consumers?: number;
  /** Deliveries before a message is a dead letter, and the seconds between them, where they are not as of others. */
  retries?: DeclaredRetries;
  /** One page of NOMIS keys; `totalElements` is the estimate. */
  readIds(
    source: Upstream,
    filter: Record<string, unknown>,
    page: { number: number; size: number },
    call: CallContext,
  ): Promise<{ keys: string[]; totalElements: number }>;
  /**
   * The next keys after one, in ascending order: with it, pages follow each other by their last id in several ranges at
   * once, and records that come or go meanwhile shift nothing (spec section 6.3). Such keys are whole numbers.
   */
  readIdsAfter?(
    source: Upstream,
    filter: Record<string, unknown>,
    page: { after: string; size: number },
    call: CallContext,
  ): Promise<string[]>;
  /** The source lists all keys at once, in the first page and the only one: there are no messages of pages. */
  isAllAtOnce?: boolean;
  /** The source cuts the keys into ranges itself; a page is one of them. */
  ranges?: {
    list(
      source: Upstream,
      filter: Record<string, unknown>,
      size: number,
      call: CallContext,
    ): Promise<IdRange[]>;
    read(
      source: Upstream,
      filter: Record<string, unknown>,
      range: IdRange,
      call: CallContext,
    ): Promise<string[]>;
  };
  /** `context.body` of a MIGRATE_ENTITY message: `{"visitId":700123}`. */
  entityBody(key: string): Record<string, unknown>;
  telemetry: BulkTelemetry<R>;
}

/** The ends as the source gives and takes them. */
export interface IdRange {
  from: string;
  to: string;
}

export interface DeclaredRetries {
  maxReceives?: number;
  backoffSeconds?: readonly number[];
}

export interface BulkTelemetry<R> {
  /** Names besides `<telemetryName>-migration-...`, for dashboards of the seed's age; switchable. */
  formerNames?: {
    started: string;
    migrated: string;
    completed: string;
    cancelled: string;
    cancelRequested: string;
  };
  /** Properties of the `entity-migrated` event, besides migrationId. */
  migrated(record: R, entity: SentEntity): Record<string, string>;
  rejected: { name: string; properties(record: R, entity: SentEntity): Record<string, string> };
  duplicate: {
    name: string;
    properties(duplicate: MappingFields, existing: MappingFields): Record<string, string>;
  };
  /** When the retry of a mapping is dead-lettered. */
  mappingFailed?: { name: string; properties(mapping: MappingFields): Record<string, string> };
}

export interface SentEntity {
  key: string;
  targetId: string;
  body: unknown;
}

export interface SyncDeclaration<R> {
  /** `eventsentencing`. */
  queueId: string;
  queueName: string;
  dlqName: string;
  /** The domain in `feature.event.<domain>.<eventType>`. */
  switchDomain: string;
  consumers?: number;
  retries?: DeclaredRetries;
  events: Record<string, SyncEvent<R>>;
  /** Names and properties of what happened to one key. Return undefined for no event. */
  telemetry(outcome: SyncOutcome, facts: SyncFacts<R>): SyncTelemetry | undefined;
  /** A record that must not be sent (hidden): taken as skipped, like a 404. */
  isHidden?(record: R): boolean;
  /** Echo filter on the record read (spec section 6.4); the event's is in `SyncEvent.isEcho`. */
  isRecordEcho?(record: R, action: 'upsert' | 'delete'): boolean;
  /** Deletes the duplicate at the target when the mapping store answers 409. */
  duplicate?: {
    name: string;
    properties(duplicate: MappingFields, existing: MappingFields): Record<string, string>;
    canRemove?: boolean;
  };
}

/** `upsert` and `delete` are done by the engine for the key; `run` is for everything else (merge, move, cancel). */
export type SyncEvent<R> = SyncEventCommon &
  ({ action: 'upsert' | 'delete' } | { action: (tools: SyncTools<R>) => Promise<void> });

export interface SyncEventCommon {
  /** NOMIS key, or any text that orders events of one thing. Numbers may come as strings. Throws for a bad message. */
  keyOf(message: SyncMessage): string;
  /**
   * Many events tell of one change: the first of a key waits this long, and those that come meanwhile are dropped, since
   * the record is read when the time is up (spec appendix A.3, coalesced).
   */
  gatherSeconds?: number;
  /** Seconds to wait after each failed delivery of this type, where it is not as for its queue. */
  backoffSeconds?: readonly number[];
  isEcho?(message: SyncMessage): boolean;
}

/** Inner `Message` of the envelope, parsed. */
export type SyncMessage = Record<string, unknown>;

export type SyncOutcome =
  | 'created'
  | 'updated'
  | 'deleted'
  | 'delete-ignored'
  | 'echo-skipped'
  | 'gone-skipped'
  | 'mapping-created';

export interface SyncFacts<R> {
  key: string;
  message: SyncMessage;
  record: R | undefined;
  targetId: string | undefined;
  /** The mapping could not be made yet and is being retried. */
  isMappingPending: boolean;
}

export interface SyncTelemetry {
  name: string;
  properties: Record<string, string>;
}

/** What a custom event handler or repair works with; each call is safe to repeat. */
export interface SyncTools<R = SourceRecord> {
  message: SyncMessage;
  source: Upstream;
  target: Upstream;
  call: CallContext;
  /** The engine's upsert of one key: claim, read, create or update, map, emit. Says what it came to. */
  upsert(key: string, options?: UpsertOptions): Promise<SyncOutcome>;
  remove(key: string): Promise<SyncOutcome>;
  read(key: string): Promise<R | undefined>;
  /** Target id, or undefined without a mapping. */
  findMapping(key: string): Promise<string | undefined>;
  /** Maps one more record of the source to a target record that is there already, for domains that share them. */
  addMapping(key: string, targetId: string, record: R): Promise<void>;
  /** Keys of the records whose mappings name this prisoner; none where another service keeps the mappings. */
  keysOf(offenderNo: string): Promise<string[]>;
  /** The mappings of a prisoner's records, or of those of one booking, name another prisoner from now on. */
  moveMappings(move: { from: string; to: string; bookingId?: string }): Promise<void>;
  /** The target holds something else now than what was last sent for these records: a comparison takes them as they are. */
  forgetSent(keys: string[]): Promise<void>;
  /** Some writer is about to create this record: put the event back (`throw tools.later()`). */
  isBeingCreated(key: string): Promise<boolean>;
  later(): Error;
  emit(name: string, properties: Record<string, string>): void;
}

export interface UpsertOptions {
  /** Also a record that the new services wrote last: after a merge or in a repair that does not matter. */
  evenEcho?: boolean;
}

export interface RepairDeclaration<R = SourceRecord> {
  method: 'POST' | 'PUT' | 'DELETE';
  /** `/prisoners/booking-id/:bookingId/merge/sentencing-adjustments/repair`. */
  path: string;
  summary: string;
  run(params: Record<string, string>, tools: SyncTools<R>): Promise<void>;
}

/** What would be sent for a record, for whoever looks into a fault: appendix A.1. */
export interface PayloadDeclaration {
  /** `/sync/prisoner-transaction/payload/:transactionId`; its last parameter is the key. */
  path: string;
}

/** No retry can help: the record goes to the dead letters at once (F12). */
export class RefusedRecordError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'RefusedRecordError';
  }
}

/** The record lies below one that is not there yet: it waits, for a while without using up its attempts (F22). */
export class AwaitingParentError extends Error {
  constructor(type: string, nomisKey: string) {
    super(`Waiting for the record above: ${type} ${nomisKey} has no mapping`);
    this.name = 'AwaitingParentError';
  }
}

/** Fails this attempt and states why in the register, on every attempt. */
export class UnsendableError extends Error {
  readonly event: SyncTelemetry;
  constructor(message: string, event: SyncTelemetry) {
    super(message);
    this.name = 'UnsendableError';
    this.event = event;
  }
}
