import type { ProductTeamKey } from './domain/product-team.ts';

/** The module's own tables, as the console and the history read them. */
export interface PartiesTables {
  'parties.product_teams': ProductTeamRow;
  'parties.products': ProductRow;
  'parties.identifiers': { value: string; product_team_id: string; kind: 'root' | 'alias' };
  'parties.retired_aliases': { value: string; product_team_id: string; retired_at_ms: string };
  'parties.reserved_product_ids': { id: string; reserved_at: Date };
  'parties.ods_codes': { code: string; source: 'declared' | 'directory'; checked_at: Date };
  'parties.applications': { name: string; permissions: string[] };
}

interface PartyRow {
  id: string;
  name: string;
  ods_code: string;
  status: 'active' | 'inactive';
  created_on: Date;
  updated_on: Date | null;
  deleted_on: Date | null;
  keys: ProductTeamKey[];
  body: string;
}

export interface ProductTeamRow extends PartyRow {}

export interface ProductRow extends PartyRow {
  cpm_product_team_id: string;
  product_team_id: string | null;
}
