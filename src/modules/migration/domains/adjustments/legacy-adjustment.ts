// Spec section 6.2.4: an adjustment of NOMIS, and what the adjustments API takes.
import { RefusedRecordError } from '../../engine/domain.ts';

/** `GET /sentence-adjustments/{id}` and `GET /key-date-adjustments/{id}`. */
export interface NomisAdjustment {
  id: number;
  bookingId: number;
  bookingSequence: number;
  /** Sentence adjustments only. */
  sentenceSequence?: number | null;
  offenderNo: string;
  /** `OUT` when released. */
  prisonId: string;
  adjustmentType: { code: string };
  adjustmentDate?: string | null;
  adjustmentFromDate?: string | null;
  adjustmentDays: number;
  comment?: string | null;
  active: boolean;
  /** Sentence adjustments only. */
  hiddenFromUsers?: boolean;
  hasBeenReleased: boolean;
}

export interface LegacyAdjustment {
  bookingId: number;
  sentenceSequence?: number | undefined;
  currentTerm: boolean;
  adjustmentType: string;
  adjustmentDate?: string | undefined;
  adjustmentFromDate?: string | undefined;
  adjustmentDays: number;
  comment?: string | undefined;
  active: boolean;
  offenderNo: string;
  bookingReleased: boolean;
  agencyId: string;
}

const TYPES = new Set('ADA RADA UAL LAL SREM RSR RST RX S240A UR TCA TSA'.split(' '));

/** The target derives the end of the adjustment itself. Throws RefusedRecordError for a type that it does not know. */
export function toLegacyAdjustment(adjustment: NomisAdjustment): LegacyAdjustment {
  const { code } = adjustment.adjustmentType;
  if (!TYPES.has(code)) throw new RefusedRecordError(`Unknown adjustment type ${code}`);
  return {
    bookingId: adjustment.bookingId,
    sentenceSequence: adjustment.sentenceSequence ?? undefined,
    currentTerm: adjustment.bookingSequence === 1,
    adjustmentType: code,
    adjustmentDate: adjustment.adjustmentDate ?? undefined,
    adjustmentFromDate: adjustment.adjustmentFromDate ?? undefined,
    adjustmentDays: adjustment.adjustmentDays,
    comment: adjustment.comment ?? undefined,
    active: adjustment.active,
    offenderNo: adjustment.offenderNo,
    bookingReleased: adjustment.hasBeenReleased,
    agencyId: adjustment.prisonId,
  };
}
