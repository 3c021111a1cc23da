import { type Database, typed } from '#platform/db';
import { type Actor, recordAudit } from './audit.ts';
import {
  insertOperator,
  lockEnabledAdmins,
  selectOperatorByEmail,
  updateDisabled,
  updatePassword,
  updateRole,
} from './operator-queries.ts';
import { normaliseEmail } from './operators.ts';
import { hashPassword, verifyPassword } from './passwords.ts';
import type { Role } from './roles.ts';
import { deleteSessionsOf } from './session-queries.ts';
import type { AuthTables } from './tables.ts';

/** An operator as a set-up file declares it. */
export interface DeclaredOperator {
  email: string;
  password: string;
  role: Role;
}

/**
 * Makes the operator exist with this role and password, enabled. A password that is already right is left alone, so a
 * second run changes nothing; a new one signs the operator out everywhere. Throws when no admin would be left.
 */
export async function applyOperator(
  db: Database,
  declared: DeclaredOperator,
  options: { dryRun: boolean; actor: Actor },
): Promise<'created' | 'changed' | 'unchanged'> {
  const handle = typed<AuthTables>(db);
  const email = normaliseEmail(declared.email);
  const existing = await selectOperatorByEmail(handle, email);
  const isPasswordRight =
    existing?.password_hash != null && (await verifyPassword(declared.password, existing.password_hash));
  const isSame = existing?.role === declared.role && existing.disabled_at === null && isPasswordRight;
  if (isSame) return 'unchanged';
  const change = existing ? 'changed' : 'created';
  if (options.dryRun) return change;

  const passwordHash = isPasswordRight ? undefined : await hashPassword(declared.password);
  await handle.transaction().execute(async (trx) => {
    const row = existing ?? (await insertOperator(trx, { email, role: declared.role }));
    if (!row)
      throw new Error(`Operator ${email} was created by somebody else just now; apply the file again`);
    const admins = await lockEnabledAdmins(trx);
    await updateRole(trx, row.id, declared.role);
    await updateDisabled(trx, row.id, null);
    if (admins.length > 0 && (await lockEnabledAdmins(trx)).length === 0) {
      throw new Error(`Operator ${email} is the only admin who can sign in; declare another admin first`);
    }
    if (passwordHash !== undefined) {
      await updatePassword(trx, row.id, passwordHash);
      await deleteSessionsOf(trx, row.id);
    }
    await recordAudit(trx, {
      actor: options.actor,
      action: `operator.${change}`,
      target: `operator:${row.id}`,
      details: { email, role: declared.role, passwordSet: passwordHash !== undefined },
    });
  });
  return change;
}
