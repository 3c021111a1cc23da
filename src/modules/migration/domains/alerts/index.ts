// Alerts: appendix A. In NOMIS an alert is known by booking and sequence.
import { Type } from 'typebox';
import type { Domain, SyncEvent, SyncFacts, SyncMessage } from '../../engine/domain.ts';
import { bulkTelemetry } from '../bulk-telemetry.ts';
import { isAuditOfNewServices, numberIn } from '../message-values.ts';
import { rowTelemetry } from '../row-telemetry.ts';
import { ownerOfBooking, readIdsFrom } from '../source-pages.ts';
import { createAlert, readAlert, removeAlert, type TargetAlert, updateAlert } from './alerts-api.ts';
import { alertKey, contentOf, type NomisAlert, toAlert } from './create-alert.ts';
import { prisonerEvents, resyncPrisoner } from './prisoner-alerts.ts';

const keyOf = (message: SyncMessage) =>
  alertKey({ bookingId: numberIn(message, 'bookingId'), alertSequence: numberIn(message, 'alertSeq') });
const upserted: SyncEvent<NomisAlert> = { keyOf, action: 'upsert' };
const idsOf = (key: string, targetId: string) => {
  const [nomisBookingId = '', nomisAlertSequence = ''] = key.split('/');
  return { nomisBookingId, nomisAlertSequence, dpsAlertId: targetId };
};

export const alerts: Domain<NomisAlert> = {
  type: 'ALERTS',
  name: 'alerts',
  title: 'Alerts',
  telemetryName: 'alerts',
  source: 'nomis',
  target: 'alerts',
  mapping: {
    path: '/mapping/alerts',
    firstCheck: 'dps',
    mappingTypes: ['MIGRATED', 'NOMIS_CREATED', 'DPS_CREATED'],
    nomisFields: [
      { name: 'nomisBookingId', kind: 'integer' },
      { name: 'nomisAlertSequence', kind: 'integer' },
    ],
    dpsField: 'dpsAlertId',
    nomisPath: '/mapping/alerts/nomis-booking-id/{nomisBookingId}/nomis-alert-sequence/{nomisAlertSequence}',
    dpsPath: '/mapping/alerts/dps-alert-id/{dpsAlertId}',
    dtoName: 'AlertMappingDto',
    noun: 'Alert',
    notFound: { nomis: (key) => `alert ${key}`, dps: (key) => `dpsAlertId=${key}` },
    pageShape: 'A',
    extraFields: ['offenderNo'],
  },
  read: async (nomis, key, call) => {
    const [bookingId, sequence] = key.split('/');
    const alert = await nomis.read<Omit<NomisAlert, 'offenderNo'>>({
      path: `/prisoners/booking-id/${bookingId}/alerts/${sequence}`,
      template: '/prisoners/booking-id/{bookingId}/alerts/{alertSequence}',
      ...call,
    });
    if (!alert) return undefined;
    const offenderNo = await ownerOfBooking(nomis, alert.bookingId, call);
    return offenderNo === undefined ? undefined : { ...alert, offenderNo };
  },
  transform: toAlert,
  create: createAlert,
  update: updateAlert,
  remove: removeAlert,
  compare: {
    ofSource: (alert) => ({
      prisonNumber: alert.offenderNo,
      alertCode: alert.alertCode.code,
      ...contentOf(alert),
    }),
    ofTarget: ({ alertCode, ...alert }: TargetAlert) => ({
      prisonNumber: alert.prisonNumber,
      alertCode: typeof alertCode === 'string' ? alertCode : alertCode.code,
      description: alert.description ?? null,
      authorisedBy: alert.authorisedBy ?? null,
      activeFrom: alert.activeFrom,
      activeTo: alert.activeTo ?? null,
    }),
    readTarget: readAlert,
  },
  bulk: {
    queueId: 'migrationalerts',
    queueName: 'migration_alerts_queue',
    dlqName: 'migration_alerts_dlq',
    startPath: '/migrate/alerts',
    roles: ['ROLE_MIGRATE_ALERTS'],
    filter: Type.Object({}),
    readFilter: () => ({}),
    paging: 'by-page-number',
    pageSize: 1_000,
    readIds: readIdsFrom('/alerts/ids', alertKey),
    entityBody: (key) => {
      const [bookingId, alertSequence] = key.split('/').map(Number);
      return { bookingId, alertSequence };
    },
    telemetry: bulkTelemetry('alert', idsOf, ({ offenderNo, alertCode }) => ({
      offenderNo,
      alertCode: alertCode.code,
    })),
  },
  sync: {
    queueId: 'eventalerts',
    queueName: 'prisoner_from_nomis_alerts_queue',
    dlqName: 'prisoner_from_nomis_alerts_dl_queue',
    switchDomain: 'alerts',
    events: {
      'ALERT-INSERTED': upserted,
      'ALERT-UPDATED': upserted,
      'ALERT-DELETED': { keyOf, action: 'delete' },
      ...prisonerEvents,
    },
    isRecordEcho: ({ audit }) => isAuditOfNewServices(audit.auditModuleName),
    telemetry: rowTelemetry('alert', propertiesOf),
  },
  repairs: [
    {
      method: 'POST',
      path: '/prisoners/:offenderNo/alerts/resynchronise',
      summary: 'Send all alerts of a prisoner again',
      roles: ['ROLE_MIGRATE_ALERTS'],
      run: ({ offenderNo = '' }, tools) => resyncPrisoner(offenderNo, tools),
    },
  ],
};

function propertiesOf({ key, message, record, targetId }: SyncFacts<NomisAlert>): Record<string, unknown> {
  const [bookingId, alertSequence] = key.split('/');
  const offenderNo = record?.offenderNo ?? message.offenderIdDisplay;
  return { offenderNo, bookingId, alertSequence, alertCode: record?.alertCode.code, dpsAlertId: targetId };
}
