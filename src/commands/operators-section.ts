import { type Static, Type } from 'typebox';
import { applyOperator, isRole, type Role, roleAllows, roles } from '#platform/auth';
import type { Database } from '#platform/db';
import type { AppliedChange, ApplySection } from '#platform/module';

const OperatorsSchema = Type.Array(
  Type.Object(
    {
      email: Type.String({ pattern: '^[^@\\s]+@[^@\\s]+$', maxLength: 320 }),
      password: Type.String({ minLength: 8, maxLength: 200 }),
      roles: Type.Array(Type.Union(roles.map((role) => Type.Literal(role))), { minItems: 1 }),
    },
    { additionalProperties: false },
  ),
);

/** The section `operators:` of a set-up file. Of several roles the one that may do most counts. */
export function operatorsSection(db: Database): ApplySection {
  return {
    key: 'operators',
    schema: OperatorsSchema,
    apply: async (section, options) => {
      const changes: AppliedChange[] = [];
      // `apply` has checked the section against the schema above.
      for (const { email, password, roles: held } of section as Static<typeof OperatorsSchema>) {
        const role = held
          .filter(isRole)
          .reduce<Role>((most, next) => (roleAllows(next, most) ? next : most), 'viewer');
        const change = await applyOperator(db, { email, password, role }, options);
        changes.push({ target: `operator ${email}`, change });
      }
      return changes;
    },
  };
}
