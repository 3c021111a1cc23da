import type { Handle } from '#platform/db';
import type { JobFailure } from '#platform/jobs';
import type { MigrationContext } from '../context.ts';
import type { Domain } from '../engine/domain.ts';
import { migrationEvent } from '../events.ts';
import { failKey } from '../ledger/ledger-queries.ts';
import { retryPolicyOf } from '../queues/retry-policy.ts';
import type { MoveJob } from './move-records.ts';
import { addTally } from './run-queries.ts';

/** A migration message became a dead letter: spec sections 5.4 and 5.5. */
export function failRecord(ctx: MigrationContext, domain: Domain) {
  return async (trx: Handle, job: MoveJob, failure: JobFailure): Promise<void> => {
    const { migrationId, key, kind, targetId } = job.payload;
    const correlationId = job.correlationId;
    const events = [deadLetterEvent(ctx, domain, { correlationId, failure })];
    if (kind === 'entity') {
      const isFirst = await failKey(trx, { type: domain.type, key, owner: job.id, migrationId });
      if (isFirst) await addTally(trx, migrationId, 0, { failed: 1 });
    } else {
      await addTally(trx, migrationId, 0, { mappingsSettled: 1 });
      const failed = domain.bulk?.telemetry.mappingFailed;
      const mapping = {
        nomisKey: key,
        dpsKey: targetId ?? '',
        label: migrationId,
        mappingType: 'MIGRATED',
      };
      if (failed) {
        events.push(
          migrationEvent(failed.name, { migrationId, ...failed.properties(mapping) }, { correlationId }),
        );
      }
    }
    await ctx.events.append(trx, events);
  };
}

/** Spec section 5.4, with what else is known of the message. */
export function deadLetterEvent(
  ctx: MigrationContext,
  domain: Domain,
  { correlationId, failure }: { correlationId: string | null; failure: JobFailure },
  more: Record<string, string> = {},
) {
  const queueId = domain.bulk?.queueId ?? '';
  const { maxReceives, backoffSeconds } = retryPolicyOf(ctx.config, domain.bulk, 'bulk');
  return migrationEvent(
    `prisoner-from-nomis-migration-${domain.telemetryName}-sent-to-dlq`,
    {
      queueName: ctx.config[`queue:${queueId}`] ?? queueId,
      dlqName: ctx.config[`dlq:${queueId}`] ?? queueId,
      timeouts: `[${backoffSeconds.join(', ')}]`,
      maxReceiveCount: String(maxReceives),
      cause: failure.cause,
      ...more,
    },
    { correlationId },
  );
}
