// A case note of NOMIS, and what the case notes API takes for it.

interface Amendment {
  text: string;
  authorUsername: string;
  authorStaffId?: number;
  authorFirstName?: string;
  authorLastName?: string;
  createdDateTime: string;
  sourceSystem: 'DPS' | 'NOMIS';
}

/** `GET /casenotes/{caseNoteId}`, with the prisoner, whom it does not name. */
export interface NomisCaseNote {
  offenderNo: string;
  caseNoteId: number;
  bookingId: number;
  caseNoteType: { code: string };
  caseNoteSubType: { code: string };
  noteSourceCode?: 'AUTO' | 'EXT' | 'INST';
  occurrenceDateTime?: string;
  authorStaffId: number;
  authorUsername: string;
  authorFirstName?: string;
  authorLastName: string;
  prisonId?: string;
  caseNoteText: string;
  amendments: Amendment[];
  createdDatetime: string;
  createdUsername: string;
  auditModuleName?: string;
  sourceSystem: 'DPS' | 'NOMIS';
}

export function toSyncCaseNote(note: NomisCaseNote) {
  return {
    legacyId: note.caseNoteId,
    personIdentifier: note.offenderNo,
    locationId: note.prisonId ?? 'OUT',
    type: note.caseNoteType.code,
    subType: note.caseNoteSubType.code,
    occurrenceDateTime: (note.occurrenceDateTime ?? note.createdDatetime).slice(0, 19),
    text: note.caseNoteText,
    systemGenerated: note.noteSourceCode === 'AUTO',
    author: author(note),
    createdDateTime: note.createdDatetime.slice(0, 19),
    createdByUsername: note.createdUsername,
    amendments: note.amendments.map((amendment) => ({
      text: amendment.text,
      author: author(amendment),
      createdDateTime: amendment.createdDateTime.slice(0, 19),
      system: amendment.sourceSystem,
    })),
    system: note.sourceSystem,
  };
}

function author(by: Omit<Amendment, 'text' | 'createdDateTime' | 'sourceSystem'>) {
  return {
    username: by.authorUsername,
    userId: String(by.authorStaffId ?? ''),
    firstName: by.authorFirstName ?? '',
    lastName: by.authorLastName ?? '',
  };
}
