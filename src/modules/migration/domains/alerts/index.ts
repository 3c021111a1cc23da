// Alerts: appendix A. In NOMIS an alert is known by booking and sequence.
import { readOne, removeOne, send } from '../../engine/calls.ts';
import { bulkOf, eventQueueOf, integers, mappingOf } from '../../engine/declare.ts';
import type { Domain, SyncEvent, SyncMessage } from '../../engine/domain.ts';
import { readWithOwner } from '../booking-owner.ts';
import { bulkTelemetry } from '../bulk-telemetry.ts';
import { isAuditOfNewServices, numberIn } from '../message-values.ts';
import { rowTelemetry } from '../row-telemetry.ts';
import { type AlertToSend, alertKey, contentOf, type NomisAlert, toAlert } from './create-alert.ts';
import { prisonerEvents, resyncPrisoner, type TargetAlert } from './prisoner-alerts.ts';

const ONE = '/alerts/{alertUuid}';
const keyOf = (message: SyncMessage) =>
  alertKey({ bookingId: numberIn(message, 'bookingId'), alertSequence: numberIn(message, 'alertSeq') });
const upserted: SyncEvent<NomisAlert> = { keyOf, action: 'upsert' };
const idsOf = (key: string, targetId: string) => {
  const [nomisBookingId = '', nomisAlertSequence = ''] = key.split('/');
  return { nomisBookingId, nomisAlertSequence, dpsAlertId: targetId };
};
const writtenBy = (username: string) => ({ source: 'NOMIS', username });

export const alerts: Domain<NomisAlert> = {
  type: 'ALERTS',
  name: 'alerts',
  title: 'Alerts',
  telemetryName: 'alerts',
  source: 'nomis',
  target: 'alerts',
  mapping: mappingOf('Alert', {
    path: '/mapping/alerts',
    firstCheck: 'dps',
    nomisFields: integers('nomisBookingId', 'nomisAlertSequence'),
    dpsField: 'dpsAlertId',
    nomisPath: '/mapping/alerts/nomis-booking-id/{nomisBookingId}/nomis-alert-sequence/{nomisAlertSequence}',
    dpsPath: '/mapping/alerts/dps-alert-id/{dpsAlertId}',
    extraFields: ['offenderNo'],
    takesBatches: true,
  }),
  read: readWithOwner('/prisoners/booking-id/{bookingId}/alerts/{alertSequence}'),
  transform: toAlert,
  // From NOMIS the target takes codes that are not in use any more, and a code twice.
  create: async (target, body, call) => {
    const { prisonNumber, username, alert } = body as AlertToSend;
    const made = await send<TargetAlert>(
      target,
      {
        method: 'POST',
        template: '/prisoners/{prisonNumber}/alerts',
        key: prisonNumber,
        query: { allowInactiveCode: true },
        headers: writtenBy(username),
        body: alert,
      },
      call,
    );
    return { status: 'accepted', targetId: made.alertUuid };
  },
  update: (target, key, sent, call) => {
    const { username, alert } = sent as AlertToSend;
    const { alertCode: _, ...body } = alert;
    return send(target, { method: 'PUT', template: ONE, key, headers: writtenBy(username), body }, call);
  },
  remove: removeOne(ONE, writtenBy('OMS_OWNER')),
  extraOf: ({ offenderNo }) => ({ offenderNo }),
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
    readTarget: readOne(ONE),
  },
  bulk: bulkOf('alerts', {
    ids: { path: '/alerts/ids', fields: ['bookingId', 'alertSequence'] },
    telemetry: bulkTelemetry('alert', idsOf, ({ offenderNo, alertCode }) => ({
      offenderNo,
      alertCode: alertCode.code,
    })),
  }),
  sync: {
    ...eventQueueOf('alerts'),
    events: {
      'ALERT-INSERTED': upserted,
      'ALERT-UPDATED': upserted,
      'ALERT-DELETED': { keyOf, action: 'delete' },
      ...prisonerEvents,
    },
    isRecordEcho: ({ audit }) => isAuditOfNewServices(audit.auditModuleName),
    telemetry: rowTelemetry('alert', ({ key, message, record, targetId }) => {
      const [bookingId, alertSequence] = key.split('/');
      const offenderNo = record?.offenderNo ?? message.offenderIdDisplay;
      return {
        offenderNo,
        bookingId,
        alertSequence,
        alertCode: record?.alertCode.code,
        dpsAlertId: targetId,
      };
    }),
  },
  repairs: [
    {
      method: 'POST',
      path: '/prisoners/:offenderNo/alerts/resynchronise',
      summary: 'Send all alerts of a prisoner again',
      run: ({ offenderNo = '' }, tools) => resyncPrisoner(offenderNo, tools),
    },
  ],
};
