// Events and what is told of them: spec sections 6.2.1 to 6.2.3 and 6.2.6.
import { eventQueueOf } from '../../engine/declare.ts';
import type {
  SyncDeclaration,
  SyncEvent,
  SyncFacts,
  SyncMessage,
  SyncOutcome,
  SyncTelemetry,
} from '../../engine/domain.ts';
import { isFromNewServices, numberIn } from '../../engine/message-values.ts';
import { textsOf } from '../../engine/row-telemetry.ts';
import { type AdjustmentCategory, adjustmentKey, categoryOf, idOf } from './adjustment-key.ts';
import { mergeAdjustments } from './booking-adjustments.ts';
import type { NomisAdjustment } from './legacy-adjustment.ts';

type Event = SyncEvent<NomisAdjustment>;

export const adjustmentSync: SyncDeclaration<NomisAdjustment> = {
  ...eventQueueOf('sentencing'),
  events: {
    SENTENCE_ADJUSTMENT_UPSERTED: upserted('SENTENCE'),
    SENTENCE_ADJUSTMENT_DELETED: deleted('SENTENCE'),
    KEY_DATE_ADJUSTMENT_UPSERTED: upserted('KEY-DATE'),
    KEY_DATE_ADJUSTMENT_DELETED: deleted('KEY-DATE'),
    'BOOKING_NUMBER-CHANGED': {
      keyOf: (message) => `booking ${numberIn(message, 'bookingId')}`,
      action: (tools) => mergeAdjustments(numberIn(tools.message, 'bookingId'), tools),
    },
    'courtsentencing.resync.sentence-adjustments': {
      keyOf: (message) => `sentences ${String(message.offenderNo)}`,
      action: async (tools) => {
        for (const id of idsOfSentences(tools.message)) await tools.upsert(adjustmentKey('SENTENCE', id));
      },
    },
  },
  isHidden: (adjustment) => adjustment.hiddenFromUsers === true,
  telemetry,
  duplicate: {
    name: 'from-nomis-synch-adjustment-duplicate',
    canRemove: true,
    properties: (duplicate, existing) => ({
      duplicateAdjustmentId: duplicate.dpsKey,
      duplicateNomisAdjustmentId: idOf(duplicate.nomisKey),
      duplicateNomisAdjustmentCategory: categoryOf(duplicate.nomisKey),
      existingAdjustmentId: existing.dpsKey,
      existingNomisAdjustmentId: idOf(existing.nomisKey),
      existingNomisAdjustmentCategory: categoryOf(existing.nomisKey),
    }),
  },
};

function upserted(category: AdjustmentCategory): Event {
  return { keyOf: keyIn(category), isEcho: isFromNewServices, action: 'upsert' };
}

/** Not filtered: a delete that began in the new services arrives here, too, and finds nothing more to do. */
function deleted(category: AdjustmentCategory): Event {
  return { keyOf: keyIn(category), action: 'delete' };
}

function keyIn(category: AdjustmentCategory) {
  return (message: SyncMessage): string => adjustmentKey(category, numberIn(message, 'adjustmentId'));
}

function idsOfSentences(message: SyncMessage): number[] {
  const sentences = Array.isArray(message.sentences)
    ? (message.sentences as { adjustmentIds?: unknown }[])
    : [];
  return sentences.flatMap(({ adjustmentIds }) =>
    Array.isArray(adjustmentIds) ? adjustmentIds.map(Number) : [],
  );
}

const ENDINGS: Record<Exclude<SyncOutcome, 'gone-skipped' | 'mapping-created'>, string> = {
  created: 'created-synchronisation-success',
  updated: 'updated-synchronisation-success',
  deleted: 'delete-synchronisation-success',
  'delete-ignored': 'delete-synchronisation-ignored',
  'echo-skipped': 'synchronisation-skipped',
};

function telemetry(outcome: SyncOutcome, facts: SyncFacts<NomisAdjustment>): SyncTelemetry | undefined {
  if (outcome === 'mapping-created') {
    return {
      name: 'adjustment-mapping-created-synchronisation-success',
      // The properties of the create, as they were kept for this retry.
      properties: {
        ...textsOf(facts.message),
        ...(facts.targetId === undefined ? {} : { adjustmentId: facts.targetId }),
      },
    };
  }
  const isSentence = categoryOf(facts.key) === 'SENTENCE';
  const gone = isSentence ? 'hidden-or-deleted-synchronisation-skipped' : 'deleted-synchronisation-skipped';
  const ending = outcome === 'gone-skipped' ? gone : ENDINGS[outcome];
  return {
    name: `${isSentence ? 'sentence' : 'key-date'}-adjustment-${ending}`,
    properties: propertiesOf(facts, isSentence),
  };
}

function propertiesOf(facts: SyncFacts<NomisAdjustment>, isSentence: boolean): Record<string, string> {
  const { key, message, record, targetId, isMappingPending } = facts;
  const sentence = record?.sentenceSequence ?? message.sentenceSeq;
  const all = {
    offenderNo: record?.offenderNo ?? message.offenderIdDisplay,
    bookingId: record?.bookingId ?? message.bookingId,
    sentenceSequence: isSentence ? sentence : undefined,
    nomisAdjustmentId: idOf(key),
    adjustmentCategory: categoryOf(key),
    adjustmentId: targetId,
    mapping: isMappingPending ? 'initial-failure' : undefined,
  };
  return textsOf(all);
}
