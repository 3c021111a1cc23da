import { readFileSync } from 'node:fs';
import { Type } from 'typebox';
import { Value } from 'typebox/value';

/** The database role that an operation's connection assumes. */
export const ROLES = ['parties_read', 'parties_create', 'parties_delete'] as const;
export type Role = (typeof ROLES)[number];

/** What an operation may do to the store: a file beside this one, in the manner of the original (spec section 7.3). */
export interface Policy {
  role: Role;
  grants: Grant[];
}

export interface Grant {
  resource: Resource;
  /** `lock` is what SELECT ... FOR SHARE and FOR UPDATE need, and changes nothing. */
  action: Action;
}

const RESOURCES = {
  product_team: 'parties.product_teams',
  product: 'parties.products',
  identifier: 'parties.identifiers',
  retired_alias: 'parties.retired_aliases',
  reserved_product_id: 'parties.reserved_product_ids',
  domain_event: 'parties.domain_events',
  register: 'platform.events',
} as const;
export type Resource = keyof typeof RESOURCES;

const ACTIONS = ['select', 'insert', 'update', 'delete', 'lock'] as const;
export type Action = (typeof ACTIONS)[number];

const PolicyFile = Type.Object(
  { role: Type.Enum(ROLES), postgres: Type.Array(Type.String({ pattern: '^[a-z_]+:[a-z]+$' })) },
  { additionalProperties: false },
);

/** Reads the policy of an operation. Throws where there is none: the operation must not start without. */
export function readPolicy(operation: string): Policy {
  const file: unknown = JSON.parse(readFileSync(new URL(`./${operation}.json`, import.meta.url), 'utf8'));
  if (!Value.Check(PolicyFile, file)) throw new Error(`The policy of ${operation} is not usable`);
  return { role: file.role, grants: file.postgres.map((text) => readGrant(operation, text)) };
}

export function tableOf(resource: Resource): string {
  return RESOURCES[resource];
}

function readGrant(operation: string, text: string): Grant {
  const [name, verb] = text.split(':');
  const resource = Object.keys(RESOURCES).find((known): known is Resource => known === name);
  const action = ACTIONS.find((known) => known === verb);
  if (resource === undefined || action === undefined) {
    throw new Error(`The policy of ${operation} grants "${text}", which means nothing here`);
  }
  if (action === 'delete' && (resource === 'product_team' || resource === 'product')) {
    throw new Error(
      `The policy of ${operation} must not delete from ${resource}: parties are only deactivated`,
    );
  }
  return { resource, action };
}
