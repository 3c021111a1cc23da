// An alert of NOMIS, and what the alerts API takes for it.

/** `GET /prisoners/booking-id/{bookingId}/alerts/{alertSequence}`, with the prisoner, whom it does not name. */
export interface NomisAlert {
  offenderNo: string;
  bookingId: number;
  alertSequence: number;
  alertCode: { code: string };
  date: string;
  expiryDate?: string;
  authorisedBy?: string;
  comment?: string;
  audit: { createUsername: string; modifyUserId?: string; auditModuleName?: string };
}

/** The body of a create, and where and in whose name it is sent. */
export type AlertToSend = ReturnType<typeof toAlert>;

export function toAlert(alert: NomisAlert) {
  return {
    prisonNumber: alert.offenderNo,
    username: alert.audit.modifyUserId ?? alert.audit.createUsername,
    alert: {
      alertCode: alert.alertCode.code,
      description: alert.comment ?? null,
      authorisedBy: alert.authorisedBy ?? null,
      activeFrom: alert.date,
      activeTo: alert.expiryDate ?? null,
    },
  };
}

/** What the target shows of an alert. */
export interface TargetAlert {
  alertUuid: string;
  prisonNumber: string;
  alertCode: string | { code: string };
}
