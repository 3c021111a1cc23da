import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { nomisVisit } from '../../testing/fake-hmpps.ts';
import { type MigrationApp, openMigration } from '../../testing/migration-app.ts';
import type { NomisVisit } from './nomis-visit.ts';

// Spec sections 6.1.1 to 6.1.3, row by row, in one run. Today is 4 May 2031.

const on = (date: string, from = '14:00', to = '15:30'): Partial<NomisVisit> => ({
  startDateTime: `${date}T${from}:00`,
  endDateTime: `${date}T${to}:00`,
});
const at = (description: string): Partial<NomisVisit> => ({
  agencyInternalLocation: { code: 'VIS', description },
});
const code = (value: string) => ({ code: value, description: value });
const NOTES = { commentText: 'Bring form', visitorConcernText: 'None known' };
const BOTH_NOTES = [
  { type: 'VISIT_COMMENT', text: 'Bring form' },
  { type: 'VISITOR_CONCERN', text: 'None known' },
];

const OUTCOMES: Record<string, string> = {
  ADMIN: 'ADMINISTRATIVE_CANCELLATION',
  ADMIN_CANCEL: 'ADMINISTRATIVE_CANCELLATION',
  HMP: 'ESTABLISHMENT_CANCELLED',
  NO_ID: 'VISITOR_FAILED_SECURITY_CHECKS',
  NO_VO: 'NO_VISITING_ORDER',
  NSHOW: 'VISITOR_DID_NOT_ARRIVE',
  OFFCANC: 'PRISONER_CANCELLED',
  REFUSED: 'PRISONER_REFUSED_TO_ATTEND',
  VISCANC: 'VISITOR_CANCELLED',
  VO_CANCEL: 'VISIT_ORDER_CANCELLED',
  BATCH_CANC: 'BATCH_CANCELLATION',
};
const STATUSES: Record<string, string | undefined> = {
  HMPOP: 'TERMINATED_BY_STAFF',
  CANC: 'CANCELLATION',
  OFFEND: 'PRISONER_COMPLETED_EARLY',
  VDE: 'VISITOR_DECLINED_ENTRY',
  VISITOR: 'VISITOR_COMPLETED_EARLY',
  NORM: 'COMPLETED_NORMALLY',
  EXP: undefined,
  SCH: undefined,
  COMP: undefined,
};

interface Case {
  what: string;
  visit: Partial<NomisVisit>;
  /** Members of the body that was sent; null for a dead letter. */
  sent: Record<string, unknown> | null;
}

const CASES: Case[] = [
  {
    what: 'a past visit keeps its room without a look-up and takes no notes along',
    visit: { ...NOTES, ...at('NOT MAPPED') },
    sent: { visitRoom: 'NOT MAPPED', visitRestriction: 'UNKNOWN', visitNotes: [] },
  },
  {
    what: 'a past visit without a room',
    visit: { agencyInternalLocation: null },
    sent: { visitRoom: 'UNKNOWN', visitRestriction: 'UNKNOWN' },
  },
  {
    what: 'a visit of today in a mapped open room',
    visit: { ...on('2031-05-04'), ...NOTES },
    sent: { visitRoom: 'Main Hall', visitRestriction: 'OPEN', visitNotes: BOTH_NOTES },
  },
  {
    what: 'the last day of the year ahead',
    visit: on('2032-05-04'),
    sent: { visitRoom: 'Main Hall', visitRestriction: 'OPEN' },
  },
  {
    what: 'a day later is a mistake and needs no room, but keeps its notes',
    visit: { ...on('2032-05-05'), ...at('NOT MAPPED'), ...NOTES },
    sent: { visitRoom: 'NOT MAPPED', visitRestriction: 'UNKNOWN', visitNotes: BOTH_NOTES },
  },
  {
    what: 'a future visit in a room without a mapping',
    visit: { ...on('2031-06-02'), ...at('NOT MAPPED') },
    sent: null,
  },
  {
    what: 'a future visit without a room',
    visit: { ...on('2031-06-02'), agencyInternalLocation: null },
    sent: null,
  },
  {
    what: 'a future morning at Hewell gets the morning session, in a closed room',
    visit: { ...on('2031-06-02', '10:30', '11:59'), ...at('HEI-VISITS'), prisonId: 'HEI' },
    sent: {
      startTimestamp: '2031-06-02T09:00:00',
      endTimestamp: '2031-06-02T10:00:00',
      visitRoom: 'Hewell room',
      visitRestriction: 'CLOSED',
    },
  },
  {
    what: 'noon at Hewell is the afternoon, and each end keeps its own day',
    visit: {
      ...at('HEI-VISITS'),
      prisonId: 'HEI',
      startDateTime: '2031-06-02T12:00:00',
      endDateTime: '2031-06-03T01:00:00',
    },
    sent: { startTimestamp: '2031-06-02T13:45:00', endTimestamp: '2031-06-03T14:45:00' },
  },
  {
    what: 'a past visit at Hewell keeps its times',
    visit: { ...on('2021-06-02', '10:30', '11:30'), prisonId: 'HEI' },
    sent: { startTimestamp: '2021-06-02T10:30:00', endTimestamp: '2021-06-02T11:30:00' },
  },
  {
    what: 'nobody leads and nobody comes',
    visit: { leadVisitor: null, visitors: [] },
    sent: { contactList: [], visitors: [], legacyData: undefined, visitContact: undefined },
  },
  {
    what: 'a lead visitor without a telephone, and a visitor who is there twice',
    visit: {
      leadVisitor: { personId: 8801, fullName: 'Ada Field', telephones: [] },
      visitors: [{ personId: 8801 }, { personId: 8801 }, { personId: 8802 }],
    },
    sent: {
      visitContact: { name: 'Ada Field' },
      legacyData: { leadVisitorId: 8801 },
      contactList: [8801, 8801, 8802].map((nomisPersonId) => ({ nomisPersonId })),
      visitors: [8801, 8802].map((nomisPersonId) => ({ nomisPersonId })),
    },
  },
  {
    what: 'who changed it last counts, and fractions of seconds are dropped',
    visit: { modifyUserId: 'QX_LATER', whenUpdated: '2021-05-02T10:00:01.987' },
    sent: { actionedBy: 'QX_LATER', modifyDateTime: '2021-05-02T10:00:01' },
  },
  {
    what: 'an official visit',
    visit: { visitType: code('OFFI') },
    sent: {
      visitType: 'OFFICIAL',
      visitStatus: 'BOOKED',
      actionedBy: 'QX_STAFF1',
      modifyDateTime: undefined,
    },
  },
  {
    what: 'a cancelled outcome of a visit that is not cancelled',
    visit: { visitStatus: code('NORM'), visitOutcome: code('VISCANC') },
    sent: { visitStatus: 'BOOKED', outcomeStatus: 'VISITOR_CANCELLED' },
  },
  {
    what: 'an unknown status beside an outcome is not looked at',
    visit: { visitStatus: code('NEW1'), visitOutcome: code('ADMIN') },
    sent: { visitStatus: 'BOOKED', outcomeStatus: 'ADMINISTRATIVE_CANCELLATION' },
  },
  { what: 'an unknown type', visit: { visitType: code('XXXX') }, sent: null },
  { what: 'an unknown outcome', visit: { visitOutcome: code('XXXX') }, sent: null },
  { what: 'an unknown status without an outcome', visit: { visitStatus: code('XXXX') }, sent: null },
  ...Object.entries(OUTCOMES).map(([outcome, outcomeStatus]) => ({
    what: `outcome ${outcome}`,
    visit: { visitStatus: code('CANC'), visitOutcome: code(outcome) },
    sent: { visitStatus: 'CANCELLED', outcomeStatus },
  })),
  ...Object.entries(STATUSES).map(([status, outcomeStatus]) => ({
    what: `status ${status}`,
    visit: { visitStatus: code(status) },
    sent: { visitStatus: status === 'CANC' ? 'CANCELLED' : 'BOOKED', outcomeStatus },
  })),
];

let opened: MigrationApp;
before(async () => {
  opened = await openMigration({ MIGRATION_QUEUE_ERROR_VISIBILITY_TIMEOUT: '0' });
});
beforeEach(() => opened.reset());
after(() => opened[Symbol.asyncDispose]());

test('every row of the tables for visits reaches the scheduler as it says', async () => {
  const { fake, call } = opened;
  fake.visitCount = CASES.length;
  fake.changeVisit = ({ visitId }) => nomisVisit(visitId, CASES[visitId - 1]?.visit);
  const map = (prison: string, nomisRoomDescription: string, vsipId: string, isOpen?: boolean) =>
    call('POST', `/prison/${prison}/room-mappings`, { vsipId, nomisRoomDescription, isOpen });
  await map('WLI', 'WLI-VISITS-HALL', 'Main Hall', true);
  await map('HEI', 'HEI-VISITS', 'Hewell room');

  await call('POST', '/migrate/visits', { visitTypes: [] });
  await opened.app.drain();

  const bodies = new Map(fake.created.map(({ body }) => [body.createDateTime, body]));
  const wrong = CASES.flatMap<object>(({ what, sent }, nth) => {
    const body = bodies.get(nomisVisit(nth + 1).whenCreated);
    if (sent === null) return body === undefined ? [] : [{ what, body }];
    if (body === undefined) return [{ what, body: 'was not sent' }];
    const members = Object.fromEntries(Object.keys(sent).map((name) => [name, body[name]]));
    return JSON.stringify(members) === JSON.stringify(sent) ? [] : [{ what, sent, members }];
  });
  assert.deepEqual(wrong, []);
  const dead = CASES.filter(({ sent }) => sent === null).length;
  const count = await call('GET', '/migrate/dead-letter-queue/VISITS/count');
  assert.equal(count.body, dead);
  const active = (await call('GET', '/migrate/history/active/VISITS')).body;
  assert.deepEqual([active.recordsMigrated, active.recordsFailed], [CASES.length - dead, dead]);
});

test('the whole body of a visit is what the scheduler takes, with nothing that is null', async () => {
  opened.fake.visitCount = 1;
  await opened.call('POST', '/migrate/visits', {});
  await opened.app.drain();
  assert.deepEqual(opened.fake.created[0]?.body, {
    prisonerId: 'A1001ZZ',
    prisonId: 'WLI',
    startTimestamp: '2021-06-02T14:00:00',
    endTimestamp: '2021-06-02T15:30:00',
    visitType: 'SOCIAL',
    visitStatus: 'BOOKED',
    outcomeStatus: 'COMPLETED_NORMALLY',
    visitRoom: 'WLI-VISITS-HALL',
    visitRestriction: 'UNKNOWN',
    contactList: [{ nomisPersonId: 8801 }, { nomisPersonId: 8802 }],
    visitors: [{ nomisPersonId: 8801 }, { nomisPersonId: 8802 }],
    legacyData: { leadVisitorId: 8801 },
    visitContact: { name: 'Ada Field', telephone: '01234 500100' },
    visitNotes: [],
    actionedBy: 'QX_STAFF1',
    createDateTime: '2021-05-01T08:00:01',
  });
});
