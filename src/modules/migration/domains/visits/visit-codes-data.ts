// Code tables of spec section 6.1.3, whose origin is hmpps-prisoner-from-nomis-migration (MIT, Crown Copyright).

/** NOMIS `visitOutcome.code` to `outcomeStatus`. */
export const OUTCOME_BY_CODE: Readonly<Record<string, string>> = {
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

/** NOMIS `visitStatus.code` to `outcomeStatus` for a visit without an outcome; null is sent without one. */
export const OUTCOME_BY_STATUS: Readonly<Record<string, string | null>> = {
  HMPOP: 'TERMINATED_BY_STAFF',
  CANC: 'CANCELLATION',
  OFFEND: 'PRISONER_COMPLETED_EARLY',
  VDE: 'VISITOR_DECLINED_ENTRY',
  VISITOR: 'VISITOR_COMPLETED_EARLY',
  NORM: 'COMPLETED_NORMALLY',
  EXP: null,
  SCH: null,
  COMP: null,
};

export const TYPE_BY_CODE: Readonly<Record<string, string>> = { SCON: 'SOCIAL', OFFI: 'OFFICIAL' };
