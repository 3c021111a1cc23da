// All adjustments of one booking: merge (spec section 6.2.5) and the repairs of section 3.5.
import type { RepairDeclaration, SyncTools } from '../../engine/domain.ts';
import { adjustmentKey } from './adjustment-key.ts';
import type { NomisAdjustment } from './legacy-adjustment.ts';

interface OfBooking {
  sentenceAdjustments: { id: number }[];
  keyDateAdjustments: { id: number }[];
}

/**
 * Two records became one: what has no mapping yet is created, all else is left alone, so a repeat after a failure goes
 * on where it ended.
 */
export async function mergeAdjustments(bookingId: number, tools: SyncTools<NomisAdjustment>): Promise<void> {
  const { sentences, keyDates } = await keysOf(bookingId, tools);
  const sentencesCreated = await createMissing(sentences, tools);
  const keyDatesCreated = await createMissing(keyDates, tools);
  tools.emit('from-nomis-synch-adjustment-merge', {
    bookingId: String(bookingId),
    sentenceAdjustments: String(sentences.length),
    keyDateAdjustments: String(keyDates.length),
    sentenceAdjustmentsCreated: String(sentencesCreated),
    keyDateAdjustmentsCreated: String(keyDatesCreated),
  });
}

export const adjustmentRepairs: RepairDeclaration<NomisAdjustment>[] = [
  {
    method: 'POST',
    path: '/prisoners/booking-id/:bookingId/merge/sentencing-adjustments/repair',
    summary: 'Create the adjustments of a booking that a merge left without a mapping',
    run: async (params, tools) => {
      const bookingId = Number(params.bookingId);
      await mergeAdjustments(bookingId, tools);
      tools.emit('from-nomis-synch-adjustment-merge-repair', { bookingId: String(bookingId) });
    },
  },
  {
    method: 'POST',
    path: '/prisoners/booking-id/:bookingId/update/sentencing-adjustments/repair',
    summary: 'Send every adjustment of a booking again, created or updated as needed',
    run: async (params, tools) => {
      const bookingId = Number(params.bookingId);
      const { sentences, keyDates } = await keysOf(bookingId, tools);
      for (const key of [...sentences, ...keyDates]) await tools.upsert(key);
      tools.emit('from-nomis-synch-adjustment-update-repair', { bookingId: String(bookingId) });
    },
  },
];

async function keysOf(
  bookingId: number,
  tools: SyncTools,
): Promise<{ sentences: string[]; keyDates: string[] }> {
  const found = await tools.source.read<OfBooking>({
    path: `/prisoners/booking-id/${bookingId}/sentencing-adjustments`,
    template: '/prisoners/booking-id/{bookingId}/sentencing-adjustments',
    query: { 'active-only': false },
    ...tools.call,
  });
  return {
    sentences: found?.sentenceAdjustments.map(({ id }) => adjustmentKey('SENTENCE', id)) ?? [],
    keyDates: found?.keyDateAdjustments.map(({ id }) => adjustmentKey('KEY-DATE', id)) ?? [],
  };
}

/** How many were tried; those that turn out hidden or gone count too. */
async function createMissing(keys: string[], tools: SyncTools): Promise<number> {
  let tried = 0;
  for (const key of keys) {
    if ((await tools.findMapping(key)) !== undefined) continue;
    await tools.upsert(key);
    tried += 1;
  }
  return tried;
}
