// Sentencing adjustments: spec section 6.2. Kept in step by events; the bulk run is the one of before December 2025.
import { Type } from 'typebox';
import { bulkTelemetry } from '../../engine/bulk-telemetry.ts';
import { comparisonOf, readOne, removeOne, send } from '../../engine/calls.ts';
import { bulkOf, mappingOf } from '../../engine/declare.ts';
import type { Domain } from '../../engine/domain.ts';
import { CATEGORIES, categoryOf, idOf } from './adjustment-key.ts';
import { adjustmentSync } from './adjustment-sync.ts';
import { adjustmentRepairs } from './booking-adjustments.ts';
import { type NomisAdjustment, toLegacyAdjustment } from './legacy-adjustment.ts';

/** Spec section 3.6.3; unlike visits a duplicate is looked for by the id of the new service first. */
const mapping = mappingOf('SentencingAdjustment', {
  path: '/mapping/sentencing/adjustments',
  firstCheck: 'dps',
  mappingTypes: ['MIGRATED', 'NOMIS_CREATED', 'SENTENCING_CREATED'],
  nomisFields: [
    { name: 'nomisAdjustmentCategory', kind: 'text', oneOf: CATEGORIES },
    { name: 'nomisAdjustmentId', kind: 'integer' },
  ],
  dpsField: 'adjustmentId',
  nomisPath:
    '/mapping/sentencing/adjustments/nomis-adjustment-category/{nomisAdjustmentCategory}/nomis-adjustment-id/{nomisAdjustmentId}',
  dpsPath: '/mapping/sentencing/adjustments/adjustment-id/{adjustmentId}',
  noun: 'Sentence adjustment',
  notFound: {
    nomis: (key) => `Sentencing adjustment NOMIS category=${categoryOf(key)}, id=${idOf(key)}`,
    dps: (key) => `Sentencing adjustment id=${key}`,
  },
  createdEvent: {
    name: 'sentence-adjustment-mapping-created',
    properties: ({ nomisKey, dpsKey, label }) => ({ ...idsOf(nomisKey, dpsKey), batchId: label ?? '' }),
  },
  roles: ['ROLE_NOMIS_SENTENCING'],
});

const date = (title: string) =>
  Type.Optional(
    Type.Union([
      Type.String({ format: 'date', title, description: 'Such as 2024-03-01, inclusive' }),
      Type.Null(),
    ]),
  );
const ONE = '/legacy/adjustments/{adjustmentId}';
const MEDIA_TYPE = 'application/vnd.nomis-offence+json';
const idsOf = (key: string, targetId: string) => ({
  nomisAdjustmentId: idOf(key),
  nomisAdjustmentCategory: categoryOf(key),
  adjustmentId: targetId,
});

export const adjustments: Domain<NomisAdjustment> = {
  type: 'SENTENCING_ADJUSTMENTS',
  name: 'sentencing',
  title: 'Sentencing adjustments',
  telemetryName: 'sentencing-adjustments',
  source: 'nomis',
  target: 'sentencing',
  mapping,
  read: (nomis, key, call) => {
    const path = categoryOf(key) === 'SENTENCE' ? '/sentence-adjustments' : '/key-date-adjustments';
    return readOne<NomisAdjustment>(`${path}/{adjustmentId}`)(nomis, idOf(key), call);
  },
  transform: toLegacyAdjustment,
  create: async (target, body, call) => {
    // On the path for bulk runs the target raises no events.
    const template = call.isBulk ? '/legacy/adjustments/migration' : '/legacy/adjustments';
    const sending = { method: 'POST', template, contentType: MEDIA_TYPE, body } as const;
    const { adjustmentId } = await send<{ adjustmentId: string }>(target, sending, call);
    return { status: 'accepted', targetId: adjustmentId };
  },
  // A 404 is a failure: the mapping is stale and a person has to look.
  update: (target, key, body, call) =>
    send(target, { method: 'PUT', template: ONE, key, contentType: MEDIA_TYPE, body }, call),
  remove: removeOne(ONE, { 'content-type': MEDIA_TYPE }),
  compare: comparisonOf((adjustment) => ({ ...toLegacyAdjustment(adjustment) }), ONE),
  bulk: bulkOf('sentencing', {
    ids: { path: '/adjustments/ids', fields: ['adjustmentCategory', 'adjustmentId'] },
    filter: Type.Object({ fromDate: date('Entered from'), toDate: date('Entered until') }),
    telemetry: bulkTelemetry('adjustment', idsOf, ({ offenderNo, bookingId }) => ({
      offenderNo,
      bookingId: String(bookingId),
    })),
  }),
  sync: adjustmentSync,
  repairs: adjustmentRepairs,
};
