import type { EventInput } from '#platform/events';
import type { MigrationContext } from '../context.ts';
import { type Domain, UnsendableError } from '../engine/domain.ts';
import { minutesSince } from '../engine/local-time.ts';
import { idsIn, migrationEvent } from '../events.ts';
import type { Moved } from './move-record.ts';

type Migrated = Extract<Moved, { kind: 'migrated' }>;

/** Spec section 8.1: the events of records that a batch has settled. */
export function movedEvents(ctx: MigrationContext, domain: Domain, ended: Moved[]): EventInput[] {
  const events: EventInput[] = [];
  const migrated: { moved: Migrated; properties: Record<string, string> }[] = [];
  for (const moved of ended) {
    if (moved.kind === 'migrated') {
      migrated.push({ moved, properties: migratedProperties(domain, moved) });
      if (moved.mapping.status === 'duplicate') events.push(duplicateEvent(ctx, domain, moved));
    } else if (moved.kind === 'rejected') events.push(rejectedEvent(domain, moved));
    else if (moved.kind === 'mapped' && moved.outcome.status === 'duplicate') {
      events.push(duplicateOf(ctx, domain, { ...moved, existing: moved.outcome.existing }));
    }
  }
  for (const { moved, properties } of migrated) {
    events.push(
      migrationEvent(`${domain.telemetryName}-migration-entity-migrated`, properties, {
        correlationId: moved.job.correlationId,
      }),
    );
  }
  return [...events, ...packedEvents(ctx, domain, migrated)];
}

/**
 * What only dashboards of another age or service read is written as one row of the register for the whole batch: the
 * same events, at a hundredth of the cost. People search by id, and find the event above.
 */
function packedEvents(
  ctx: MigrationContext,
  domain: Domain,
  migrated: { moved: Migrated; properties: Record<string, string> }[],
): EventInput[] {
  const [first] = migrated;
  if (!first) return [];
  const common = {
    correlationId: first.moved.job.correlationId,
    subjects: [first.moved.job.payload.migrationId],
    properties: {},
  };
  const events: EventInput[] = [];
  const former = domain.bulk?.telemetry.formerNames?.migrated;
  if (former !== undefined && ctx.config.emitFormerNames) {
    events.push({ ...common, name: former, each: migrated.map(({ properties }) => properties) });
  }
  const created = domain.mapping?.createdEvent;
  if (created && ctx.mappings.isLocal) {
    const mapped = migrated.filter(({ moved }) => moved.mapping.status === 'created');
    const each = mapped.map(({ moved }) => created.properties(mappingOf(moved)));
    events.push({ ...common, name: created.name, each });
  }
  return events;
}

function migratedProperties(domain: Domain, moved: Migrated): Record<string, string> {
  const { record, body, targetId, claim, job, isPossibleDuplicate } = moved;
  return {
    migrationId: job.payload.migrationId,
    ...domain.bulk?.telemetry.migrated(record, { key: claim.key, targetId, body }),
    ...(isPossibleDuplicate ? { possibleDuplicate: 'true' } : {}),
  };
}

function rejectedEvent(domain: Domain, moved: Extract<Moved, { kind: 'rejected' }>): EventInput {
  const { record, body, claim, job } = moved;
  const rejected = domain.bulk?.telemetry.rejected;
  return migrationEvent(
    rejected?.name ?? `${domain.telemetryName}-migration-rejected`,
    {
      migrationId: job.payload.migrationId,
      ...rejected?.properties(record, { key: claim.key, targetId: '', body }),
    },
    { correlationId: job.correlationId },
  );
}

function duplicateEvent(ctx: MigrationContext, domain: Domain, moved: Migrated): EventInput {
  if (moved.mapping.status !== 'duplicate') throw new Error('Only a duplicate has another row in its way');
  const { existing } = moved.mapping;
  return duplicateOf(ctx, domain, { job: moved.job, mapping: mappingOf(moved), existing });
}

function duplicateOf(
  ctx: MigrationContext,
  domain: Domain,
  moved: {
    job: Migrated['job'];
    mapping: ReturnType<typeof mappingOf>;
    existing: ReturnType<typeof mappingOf>;
  },
): EventInput {
  const { migrationId } = moved.job.payload;
  const duplicate = domain.bulk?.telemetry.duplicate;
  return migrationEvent(
    duplicate?.name ?? `${domain.telemetryName}-migration-duplicate`,
    {
      migrationId,
      ...duplicate?.properties(moved.mapping, moved.existing),
      durationMinutes: String(minutesSince(migrationId, ctx.clock.now())),
    },
    { correlationId: moved.job.correlationId },
  );
}

function mappingOf({ claim, targetId, job }: Migrated) {
  return {
    nomisKey: claim.key,
    dpsKey: targetId,
    label: job.payload.migrationId as string | null,
    mappingType: 'MIGRATED',
  };
}

/** Reasons that are stated on every attempt, such as a missing room mapping. */
export function failureEvents(failed: Moved[]): EventInput[] {
  return failed.flatMap((moved) => {
    if (moved.kind !== 'failed' || !(moved.error instanceof UnsendableError)) return [];
    const { name, properties } = moved.error.event;
    const all = { migrationId: moved.job.payload.migrationId, ...properties };
    return [migrationEvent(name, all, { correlationId: moved.job.correlationId, subjects: idsIn(all) })];
  });
}
