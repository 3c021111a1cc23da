import { type Static, Type } from 'typebox';
import { type Database, typed } from '#platform/db';
import type { AppliedChange, ApplySection } from '#platform/module';
import { type Actor, recordAudit } from './audit.ts';
import { selectOperatorByEmail, updatePassword } from './operator-queries.ts';
import { createOperator, normaliseEmail, setOperatorRole } from './operators.ts';
import { hashPassword, passwordProblem, verifyPassword } from './passwords.ts';
import { roles } from './roles.ts';
import { deleteSessionsOf } from './session-queries.ts';
import type { AuthTables } from './tables.ts';

const OperatorSchema = Type.Object(
  {
    email: Type.String({ pattern: '^[^\\s@]+@[^\\s@]+$', maxLength: 254 }),
    role: Type.Union(roles.map((role) => Type.Literal(role))),
    /** Without one the operator needs a sign-in link from an admin. */
    password: Type.Optional(Type.String()),
  },
  { additionalProperties: false },
);
const SectionSchema = Type.Array(OperatorSchema);
type DeclaredOperator = Static<typeof OperatorSchema>;

/** `operators:` in the file that `signalbox apply` reads. People it does not name are left alone. */
export function operatorsSection(db: Database): ApplySection {
  return {
    key: 'operators',
    schema: SectionSchema,
    apply: async (section, options) => {
      const changes: AppliedChange[] = [];
      // The caller checked the section against the schema above.
      for (const declared of section as DeclaredOperator[]) {
        changes.push(await applyOperator(db, declared, options));
      }
      return changes;
    },
  };
}

async function applyOperator(
  db: Database,
  declared: DeclaredOperator,
  { dryRun, actor }: { dryRun: boolean; actor: Actor },
): Promise<AppliedChange> {
  const email = normaliseEmail(declared.email);
  const { role, password } = declared;
  const target = `operator ${email}`;
  const problem = password === undefined ? undefined : passwordProblem(password, email);
  if (problem !== undefined) throw new Error(`operators: ${email}: ${problem}`);
  const existing = await selectOperatorByEmail(typed<AuthTables>(db), email);
  const isPasswordNew =
    password !== undefined && !(await verifyPassword(password, existing?.password_hash ?? null));
  if (existing && existing.role === role && !isPasswordNew) return { target, change: 'unchanged' };
  const change = existing ? 'changed' : 'created';
  if (dryRun) return { target, change };
  const operatorId = existing?.id ?? (await createOperator(db, { email, role, actor }))?.operator.id;
  if (operatorId === undefined) throw new Error(`operators: ${email} was added by someone else; apply again`);
  if (existing && (await setOperatorRole(db, { operatorId, role, actor })) === 'last-admin') {
    throw new Error(`operators: ${email} is the only admin who can sign in; name another admin first`);
  }
  if (password !== undefined && isPasswordNew) await setPassword(db, { operatorId, password, actor });
  return { target, change };
}

async function setPassword(
  db: Database,
  change: { operatorId: string; password: string; actor: Actor },
): Promise<void> {
  const { operatorId, actor } = change;
  const hash = await hashPassword(change.password);
  await typed<AuthTables>(db)
    .transaction()
    .execute(async (trx) => {
      await updatePassword(trx, operatorId, hash);
      await deleteSessionsOf(trx, operatorId);
      await recordAudit(trx, { actor, action: 'operator.password_set', target: `operator:${operatorId}` });
    });
}
