import type { Product } from './product.ts';
import type { ProductTeam } from './product-team.ts';

/** What happened to a party: spec section 5.1. A change makes exactly one. */
export interface DomainEvent {
  aggregateType: 'product_team' | 'product';
  aggregateId: string;
  name: DomainEventName;
  /** Members in the order of the exported form. */
  payload: Record<string, unknown>;
  occurredAt: string;
}

export type DomainEventName =
  // Creations are written by the statement that inserts the party: see team-queries and product-queries.
  'product_team_deleted_event' | 'cpm_product_deleted_event';

export function teamDeleted(team: ProductTeam, deletedOn: string): DomainEvent {
  return {
    aggregateType: 'product_team',
    aggregateId: team.id,
    name: 'product_team_deleted_event',
    payload: teamFields(team, deletedOn),
    occurredAt: deletedOn,
  };
}

export function productDeleted(product: Product, deletedOn: string): DomainEvent {
  return {
    aggregateType: 'product',
    aggregateId: product.id,
    name: 'cpm_product_deleted_event',
    payload: { ...productFields(product, deletedOn), keys: [] },
    occurredAt: deletedOn,
  };
}

function teamFields(team: ProductTeam, deletedOn: string) {
  return {
    id: team.id,
    name: team.name,
    ods_code: team.odsCode,
    ...life(team.createdOn, deletedOn),
    keys: team.keys,
  };
}

function productFields(product: Product, deletedOn: string) {
  return {
    id: product.id,
    cpm_product_team_id: product.cpmProductTeamId,
    product_team_id: product.productTeamId,
    name: product.name,
    ods_code: product.odsCode,
    ...life(product.createdOn, deletedOn),
  };
}

function life(createdOn: string, deletedOn: string) {
  return { status: 'inactive', created_on: createdOn, updated_on: deletedOn, deleted_on: deletedOn };
}
