// Sentencing adjustments: spec section 6.2. Kept in step by events; the bulk run is the one of before December 2025.
import { Type } from 'typebox';
import type { Domain, MappingShape } from '../../engine/domain.ts';
import { readIdsFrom } from '../source-pages.ts';
import { type AdjustmentCategory, adjustmentKey, CATEGORIES, categoryOf, idOf } from './adjustment-key.ts';
import { adjustmentSync } from './adjustment-sync.ts';
import { createAdjustment, readAdjustment, removeAdjustment, updateAdjustment } from './adjustments-api.ts';
import { adjustmentRepairs } from './booking-adjustments.ts';
import { type LegacyAdjustment, type NomisAdjustment, toLegacyAdjustment } from './legacy-adjustment.ts';

/** Spec section 3.6.3; unlike visits a duplicate is looked for by the id of the new service first. */
const mapping: MappingShape = {
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
  dtoName: 'SentencingAdjustmentMappingDto',
  noun: 'Sentence adjustment',
  notFound: {
    nomis: (key) => `Sentencing adjustment NOMIS category=${categoryOf(key)}, id=${idOf(key)}`,
    dps: (key) => `Sentencing adjustment id=${key}`,
  },
  pageShape: 'A',
  createdEvent: {
    name: 'sentence-adjustment-mapping-created',
    properties: ({ nomisKey, dpsKey, label }) => ({
      nomisAdjustmentId: idOf(nomisKey),
      nomisAdjustmentCategory: categoryOf(nomisKey),
      adjustmentId: dpsKey,
      batchId: label ?? '',
    }),
  },
  roles: ['ROLE_NOMIS_SENTENCING'],
};

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
    return nomis.read<NomisAdjustment>({
      path: `${path}/${idOf(key)}`,
      template: `${path}/{adjustmentId}`,
      ...call,
    });
  },
  transform: toLegacyAdjustment,
  create: createAdjustment,
  update: updateAdjustment,
  remove: removeAdjustment,
  compare: {
    ofSource: (adjustment) => comparable(toLegacyAdjustment(adjustment)),
    ofTarget: (adjustment: LegacyAdjustment) => comparable(adjustment),
    readTarget: readAdjustment,
  },
  bulk: {
    queueId: 'migrationsentencing',
    queueName: 'migration_sentencing_queue',
    dlqName: 'migration_sentencing_dlq',
    startPath: '/migrate/sentencing',
    roles: ['ROLE_MIGRATE_SENTENCING'],
    filter: Type.Object({
      fromDate: Type.Optional(Type.Union([Type.String({ format: 'date' }), Type.Null()])),
      toDate: Type.Optional(Type.Union([Type.String({ format: 'date' }), Type.Null()])),
    }),
    readFilter: ({ fromDate, toDate }) => ({
      ...(fromDate ? { fromDate } : {}),
      ...(toDate ? { toDate } : {}),
    }),
    paging: 'by-page-number',
    pageSize: 1_000,
    readIds: readIdsFrom<{ adjustmentId: number; adjustmentCategory: AdjustmentCategory }>(
      '/adjustments/ids',
      ({ adjustmentCategory, adjustmentId }) => adjustmentKey(adjustmentCategory, adjustmentId),
      ({ fromDate, toDate }) => ({
        fromDate: fromDate as string | undefined,
        toDate: toDate as string | undefined,
      }),
    ),
    entityBody: (key) => ({ adjustmentId: Number(idOf(key)), adjustmentCategory: categoryOf(key) }),
    telemetry: {
      migrated: (adjustment, { key, targetId }) => ({
        nomisAdjustmentId: idOf(key),
        nomisAdjustmentCategory: categoryOf(key),
        adjustmentId: targetId,
        offenderNo: adjustment.offenderNo,
        bookingId: String(adjustment.bookingId),
      }),
      rejected: {
        name: 'nomis-migration-adjustment-rejected',
        properties: (_record, { key }) => ({ nomisId: key }),
      },
      duplicate: {
        name: 'nomis-migration-adjustment-duplicate',
        properties: (duplicate, existing) => ({
          duplicateAdjustmentId: duplicate.dpsKey,
          duplicateNomisAdjustmentId: idOf(duplicate.nomisKey),
          duplicateNomisAdjustmentCategory: categoryOf(duplicate.nomisKey),
          existingAdjustmentId: existing.dpsKey,
          existingNomisAdjustmentId: idOf(existing.nomisKey),
          existingNomisAdjustmentCategory: categoryOf(existing.nomisKey),
        }),
      },
    },
  },
  sync: adjustmentSync,
  repairs: adjustmentRepairs,
};

/** Every field that is sent, with null for what is left out, so that both sides print alike. */
function comparable(adjustment: LegacyAdjustment): Record<string, unknown> {
  return {
    bookingId: adjustment.bookingId,
    sentenceSequence: adjustment.sentenceSequence ?? null,
    currentTerm: adjustment.currentTerm,
    adjustmentType: adjustment.adjustmentType,
    adjustmentDate: adjustment.adjustmentDate ?? null,
    adjustmentFromDate: adjustment.adjustmentFromDate ?? null,
    adjustmentDays: adjustment.adjustmentDays,
    comment: adjustment.comment ?? null,
    active: adjustment.active,
    offenderNo: adjustment.offenderNo,
    bookingReleased: adjustment.bookingReleased,
    agencyId: adjustment.agencyId,
  };
}
