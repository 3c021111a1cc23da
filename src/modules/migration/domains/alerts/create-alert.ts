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
export interface AlertToSend {
  prisonNumber: string;
  username: string;
  alert: AlertContent & { alertCode: string };
}

export interface AlertContent {
  description: string | null;
  authorisedBy: string | null;
  activeFrom: string;
  activeTo: string | null;
}

export function toAlert(alert: NomisAlert): AlertToSend {
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

/** `1200001/2`: booking and sequence. */
export function alertKey({ bookingId, alertSequence }: { bookingId: number; alertSequence: number }): string {
  return `${bookingId}/${alertSequence}`;
}
