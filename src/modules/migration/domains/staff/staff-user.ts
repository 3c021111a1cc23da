// A member of staff in NOMIS, and the two bodies that the prison users API takes for one.

interface Audit {
  createDatetime: string;
  createUsername: string;
  modifyDatetime?: string;
  modifyUserId?: string;
}

/** `GET /staff/id/{staffId}`. */
export interface NomisStaff {
  id: number;
  firstName: string;
  lastName: string;
  status: string;
  emailAddresses: { emailAddressId: number; email: string; audit: Audit }[];
  accounts: {
    username: string;
    typeCode: string;
    status: string;
    lastLoggedIn?: string;
    activeCaseloadId?: string;
    caseloads: { caseloadId: string; roles: { code: string; audit: Audit }[]; audit: Audit }[];
    audit: Audit;
  }[];
  audit: Audit;
}

/** `migration` is what a run sends, `user` what a change sends; both say the same. */
export type StaffToSend = ReturnType<typeof toStaff>;

export function toStaff(staff: NomisStaff) {
  const person = {
    firstName: staff.firstName,
    lastName: staff.lastName,
    status: staff.status === 'ACTIVE' ? 'ACTIVE' : 'INACTIVE',
    ...changes(staff.audit),
  };
  const emails = staff.emailAddresses.map(({ email, emailAddressId, audit }) => ({
    legacyEmailId: emailAddressId,
    email,
    ...changes(audit),
  }));
  const held = staff.accounts.map((account) => ({
    account: {
      username: account.username,
      accountType: account.typeCode === 'ADMIN' ? 'ADMIN' : 'GENERAL',
      accountStatus: account.status,
      lastLoggedIn: account.lastLoggedIn ?? null,
      activeCaseloadId: account.activeCaseloadId ?? null,
      ...changes(account.audit),
    },
    caseloads: account.caseloads.map(({ caseloadId, audit }) => ({ caseloadId, ...made(audit) })),
    roles: account.caseloads.flatMap(({ roles }) =>
      roles.map(({ code, audit }) => ({ roleCode: code, ...made(audit) })),
    ),
  }));
  return {
    staffId: staff.id,
    migration: {
      user: { staffId: staff.id, ...person, emails },
      accounts: held.map(({ account }) => account),
      roles: held.flatMap(({ account: { username }, roles }) => roles.map((role) => ({ username, ...role }))),
      accessibleCaseloads: held.flatMap(({ account: { username }, caseloads }) =>
        caseloads.map((caseload) => ({ username, ...caseload })),
      ),
    },
    user: {
      ...person,
      emails: emails.map(({ legacyEmailId: _, ...email }) => email),
      accounts: held.map(({ account, caseloads, roles }) => ({ ...account, caseloads, roles })),
    },
  };
}

function made({ createDatetime, createUsername }: Audit) {
  return { createdTimestamp: createDatetime, createdBy: createUsername };
}

function changes({ modifyDatetime, modifyUserId, ...audit }: Audit) {
  return { ...made(audit), modifiedTimestamp: modifyDatetime ?? null, modifiedBy: modifyUserId ?? null };
}
