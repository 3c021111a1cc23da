// Alerts: appendix A. In NOMIS an alert is known by booking and sequence.
import { comparisonOf, removeOne, send } from '../../engine/calls.ts';
import { integers, mappingOf } from '../../engine/declare.ts';
import type { SyncMessage } from '../../engine/domain.ts';
import { prisonerEvents, rowEvents } from '../../engine/events.ts';
import { isAuditOfNewServices, numberIn } from '../../engine/message-values.ts';
import { recordDomain } from '../../engine/record-domain.ts';
import { readWithOwner } from '../booking-owner.ts';
import { type AlertToSend, alertKey, type NomisAlert, toAlert } from './create-alert.ts';
import { resyncPrisoner, type TargetAlert } from './prisoner-alerts.ts';

const ONE = '/alerts/{alertUuid}';
const writtenBy = (username: string) => ({ source: 'NOMIS', username });

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
  create: async (target, body, call) => {
    const { prisonNumber, username, alert } = body as AlertToSend;
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
  update: (target, key, sent, call) => {
    const { username, alert } = sent as AlertToSend;
    const { alertCode: _, ...body } = alert;
    return send(target, { method: 'PUT', template: ONE, key, headers: writtenBy(username), body }, call);
  },
  remove: removeOne(ONE, writtenBy('OMS_OWNER')),
  compare: comparisonOf({
    members: 'prisonNumber alertCode description authorisedBy activeFrom activeTo',
    wanted: (alert) => ({ prisonNumber: alert.offenderNo, ...toAlert(alert).alert }),
    readTarget: ONE,
    found: ({ alertCode, ...alert }: TargetAlert) => ({
      ...alert,
      alertCode: typeof alertCode === 'string' ? alertCode : alertCode.code,
    }),
  }),
  tells: {
    noun: 'alert',
    ids: ['bookingId', 'alertSequence', 'dpsAlertId'],
    facts: (alert, message) => ({
      offenderNo: alert?.offenderNo ?? message.offenderIdDisplay,
      alertCode: alert?.alertCode.code,
    }),
  },
  events: {
    ...rowEvents('ALERT', (message: SyncMessage) =>
      alertKey({ bookingId: numberIn(message, 'bookingId'), alertSequence: numberIn(message, 'alertSeq') }),
    ),
    ...prisonerEvents<NomisAlert>({
      merged: (tools, { to }) => resyncPrisoner(to, tools),
      moved: async (tools, { from, to }) => {
        await resyncPrisoner(from, tools);
        await resyncPrisoner(to, tools);
      },
      received: (tools, offenderNo) => resyncPrisoner(offenderNo, tools),
    }),
  },
  isRecordEcho: ({ audit }) => isAuditOfNewServices(audit.auditModuleName),
  repairs: [
    {
      method: 'POST',
      path: '/prisoners/:offenderNo/alerts/resynchronise',
      summary: 'Send all alerts of a prisoner again',
      run: ({ offenderNo = '' }, tools) => resyncPrisoner(offenderNo, tools),
    },
  ],
});
