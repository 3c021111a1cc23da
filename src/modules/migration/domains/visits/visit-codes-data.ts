// Code tables of spec section 6.1.3, whose origin is hmpps-prisoner-from-nomis-migration (MIT, Crown Copyright).
import type { CodeTable } from '../../engine/codes.ts';

/** NOMIS `visitOutcome.code` to `outcomeStatus`. */
export const OUTCOME_BY_CODE: CodeTable = {
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

/** NOMIS `visitStatus.code` to `outcomeStatus` for a visit without an outcome. */
export const OUTCOME_BY_STATUS: CodeTable = {
  HMPOP: 'TERMINATED_BY_STAFF',
  CANC: 'CANCELLATION',
  OFFEND: 'PRISONER_COMPLETED_EARLY',
  VDE: 'VISITOR_DECLINED_ENTRY',
  VISITOR: 'VISITOR_COMPLETED_EARLY',
  NORM: 'COMPLETED_NORMALLY',
};

/** Of these none is sent. */
export const STATUSES_WITHOUT_OUTCOME: ReadonlySet<string> = new Set(['EXP', 'SCH', 'COMP']);

export const TYPE_BY_CODE: CodeTable = { SCON: 'SOCIAL', OFFI: 'OFFICIAL' };
