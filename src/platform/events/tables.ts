import type { Generated } from 'kysely';

export interface EventsTables {
  'platform.events': EventRow;
}

interface EventRow {
  id: Generated<string>;
  time: Date;
  module: string;
  name: string;
  correlation_id: string | null;
  subjects: string[];
  properties: Record<string, unknown>;
  each: Record<string, unknown>[] | null;
}
