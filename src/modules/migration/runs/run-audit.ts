import type { Handle } from '#platform/db';
import type { MigrationContext } from '../context.ts';

export interface AuditMessage {
  what: 'MIGRATION_STARTED' | 'MIGRATION_CANCEL_REQUESTED';
  who: string;
  details: { migrationType: string; migrationId: string; filter?: Record<string, unknown> };
  correlationId: string;
}

/** Spec section 8.2, in the transaction of what it tells: the platform's audit log, and the message in the register. */
export async function recordAudit(ctx: MigrationContext, trx: Handle, message: AuditMessage): Promise<void> {
  const { what, who, details, correlationId } = message;
  await ctx.audit(trx, {
    actor: { kind: 'system', id: `client:${who}`, name: who },
    action: what === 'MIGRATION_STARTED' ? 'migration.started' : 'migration.cancel_requested',
    target: `migration:${details.migrationId}`,
    details,
  });
  await ctx.events.append(trx, [
    {
      name: 'hmpps-audit-event',
      correlationId,
      subjects: [details.migrationId],
      properties: {
        what,
        when: ctx.clock.now().toISOString(),
        who,
        service: 'hmpps-prisoner-from-nomis-migration',
        details: JSON.stringify(details),
      },
    },
  ]);
}
