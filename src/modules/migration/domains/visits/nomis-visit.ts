/** A visit as the NOMIS prisoner API gives it: spec appendix B.2. */
export interface NomisVisit {
  visitId: number;
  offenderNo: string;
  prisonId: string;
  startDateTime: string;
  endDateTime: string;
  visitType: CodeDescription;
  visitStatus: CodeDescription;
  visitOutcome?: CodeDescription | null;
  agencyInternalLocation?: CodeDescription | null;
  visitors: { personId: number; leadVisitor?: boolean }[];
  leadVisitor?: { personId: number; fullName: string; telephones: string[] } | null;
  commentText?: string | null;
  visitorConcernText?: string | null;
  whenCreated: string;
  createUserId: string;
  whenUpdated?: string | null;
  modifyUserId?: string | null;
}

export interface CodeDescription {
  code: string;
  description: string;
}
