import type { LogLine } from './log-line.ts';

/** What every DoS audit line begins with (8.3.3). */
export interface AuditSource {
  now: Date;
  environment: string;
  correlationId: string;
}

/** The audit line of one field update, made from the fields of its completed `SERVICE_UPDATE` line (8.3.3). */
export function fieldUpdateAuditLine(source: AuditSource, { fields = {} }: LogLine): string {
  const { correlationId } = source;
  return auditLine(source, [
    correlationId,
    'DOS_INTEGRATION',
    'NULL',
    fields.service_uid,
    fields.service_name,
    fields.type_id,
    fields.data_field_modified,
    fields.action,
    fields.previous_value,
    fields.new_value,
    'NULL',
    'message=UpdateService',
    `correlationId=${correlationId}`,
    'elapsedTime=NULL',
    'execution_time=NULL',
  ]);
}

/** The audit line of one rejected pending change (8.3.3). */
export function rejectionAuditLine(
  source: AuditSource,
  change: { id: string; serviceUid: string; serviceName: string },
): string {
  return auditLine(source, [
    'update',
    source.correlationId,
    'NULL',
    'DOS_INTEGRATION',
    'RejectDeleteChange',
    'request',
    'success',
    'action=reject',
    `changeId=${change.id}`,
    `org_id=${change.serviceUid}`,
    `org_name=${change.serviceName}`,
    'change_status=PENDING',
    'info=change rejected',
    'execution_time=NULL',
  ]);
}

function auditLine({ now, environment }: AuditSource, parts: unknown[]): string {
  const time = now.toISOString().slice(0, 23).replace('T', ' ').replace('.', ',');
  const line = `${time}|INFO|DOS_INTEGRATION_${(environment || 'UNKNOWN').toUpperCase()}|${parts.join('|')}`;
  // Readers count lines, and an address may hold a line break.
  return line.replace(/[\r\n]+/g, ' ');
}
