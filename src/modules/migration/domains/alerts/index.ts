// Alerts: appendix A. In NOMIS an alert is known by booking and sequence.
import { comparisonOf, readOne, removeOne, send } from '../../engine/calls.ts';
import { integers, mappingOf } from '../../engine/declare.ts';
import { rowEvents } from '../../engine/events.ts';
import { isAuditOfNewServices, numberIn } from '../../engine/message-values.ts';
import { type PrisonerRecords, resyncEvents, resyncRepair } from '../../engine/prisoner-records.ts';
import { recordDomain } from '../../engine/record-domain.ts';
import { readWithOwner } from '../booking-owner.ts';
import { type AlertToSend, type NomisAlert, type TargetAlert, toAlert } from './alert.ts';

const ONE = '/alerts/{alertUuid}';
const writtenBy = (username: string) => ({ source: 'NOMIS', username });
const readAlert = readOne<TargetAlert>(ONE);
const readOfPrisoner = readOne<{ latestBookingAlerts: NomisAlert[] }>(
  '/prisoners/{offenderNo}/alerts/to-migrate',
);

const ofPrisoner: PrisonerRecords<NomisAlert> = {
  keysAtSource: async ({ source, call }, offenderNo) => {
    const found = await readOfPrisoner(source, offenderNo, call);
    return found?.latestBookingAlerts.map((alert) => `${alert.bookingId}/${alert.alertSequence}`) ?? [];
  },
  ownerAtTarget: async ({ target, call }, id) => (await readAlert(target, id, call))?.prisonNumber,
  tells: { name: 'alert-synchronisation-resynchronised', count: 'alerts' },
};

export const alerts = recordDomain<NomisAlert>({
  type: 'ALERTS',
  name: 'alerts',
  title: 'Alerts',
  target: 'alerts',
  mapping: mappingOf('Alert', {
    path: '/mapping/alerts',
    firstCheck: 'dps',
    nomisFields: integers('nomisBookingId', 'nomisAlertSequence'),
    dpsField: 'dpsAlertId',
    extraFields: ['offenderNo'],
    takesBatches: true,
  }),
  extraOf: ({ offenderNo }) => ({ offenderNo }),
  ids: { path: '/alerts/ids', fields: ['bookingId', 'alertSequence'] },
  read: readWithOwner('/prisoners/booking-id/{bookingId}/alerts/{alertSequence}'),
  transform: toAlert,
  create: async (target, { prisonNumber, username, alert }: AlertToSend, call) => {
    const made = await send<TargetAlert>(
      target,
      {
        method: 'POST',
        template: '/prisoners/{prisonNumber}/alerts',
        key: prisonNumber,
        // From NOMIS the target takes codes that are not in use any more.
        query: { allowInactiveCode: true },
        headers: writtenBy(username),
        body: alert,
      },
      call,
    );
    return { status: 'accepted', targetId: made.alertUuid };
  },
  update: (target, key, { username, alert }: AlertToSend, call) => {
    const { alertCode: _, ...body } = alert;
    return send(target, { method: 'PUT', template: ONE, key, headers: writtenBy(username), body }, call);
  },
  remove: removeOne(ONE, writtenBy('OMS_OWNER')),
  compare: comparisonOf(
    (alert) => ({ prisonNumber: alert.offenderNo, ...toAlert(alert).alert }),
    ONE,
    ({ alertCode, ...alert }: TargetAlert) => ({
      ...alert,
      alertCode: typeof alertCode === 'string' ? alertCode : alertCode.code,
    }),
  ),
  tells: {
    noun: 'alert',
    ids: ['bookingId', 'alertSequence', 'dpsAlertId'],
    facts: (alert, message) => ({
      offenderNo: alert?.offenderNo ?? message.offenderIdDisplay,
      alertCode: alert?.alertCode.code,
    }),
  },
  events: {
    ...rowEvents('ALERT', (message) => `${numberIn(message, 'bookingId')}/${numberIn(message, 'alertSeq')}`),
    ...resyncEvents(ofPrisoner),
  },
  isRecordEcho: ({ audit }) => isAuditOfNewServices(audit.auditModuleName),
  repairs: [
    resyncRepair(
      '/prisoners/:offenderNo/alerts/resynchronise',
      'Send all alerts of a prisoner again',
      ofPrisoner,
    ),
  ],
});
