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
    email,
    legacyEmailId: emailAddressId,
    ...changes(audit),
  }));
  const accounts = staff.accounts.map((account) => ({
    username: account.username,
    accountType: account.typeCode === 'ADMIN' ? 'ADMIN' : 'GENERAL',
    accountStatus: account.status,
    lastLoggedIn: account.lastLoggedIn ?? null,
    activeCaseloadId: account.activeCaseloadId ?? null,
    ...changes(account.audit),
  }));
  const caseloads = staff.accounts.flatMap(({ username, caseloads: held }) =>
    held.map((caseload) => ({ username, ...caseload })),
  );
  return {
    staffId: staff.id,
    migration: {
      user: { staffId: staff.id, ...person, emails },
      accounts,
      roles: caseloads.flatMap(({ username, roles }) =>
        roles.map(({ code, audit }) => ({ username, roleCode: code, ...made(audit) })),
      ),
      accessibleCaseloads: caseloads.map(({ username, caseloadId, audit }) => ({
        username,
        caseloadId,
        ...made(audit),
      })),
    },
    user: {
      ...person,
      emails: emails.map(({ legacyEmailId: _, ...email }) => email),
      accounts: accounts.map((account) => {
        const held = caseloads.filter(({ username }) => username === account.username);
        return {
          ...account,
          caseloads: held.map(({ caseloadId, audit }) => ({ caseloadId, ...made(audit) })),
          roles: held.flatMap(({ roles }) =>
            roles.map(({ code, audit }) => ({ roleCode: code, ...made(audit) })),
          ),
        };
      }),
    },
  };
}

function made({ createDatetime, createUsername }: Audit) {
  return { createdTimestamp: createDatetime, createdBy: createUsername };
}

function changes(audit: Audit) {
  const { modifyDatetime, modifyUserId } = audit;
  return { ...made(audit), modifiedTimestamp: modifyDatetime ?? null, modifiedBy: modifyUserId ?? null };
}
