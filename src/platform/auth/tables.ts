import type { ColumnType, Generated } from 'kysely';
import type { Role } from './roles.ts';

export interface AuthTables {
  'platform.operators': OperatorTable;
  'platform.sessions': SessionTable;
  'platform.sign_in_links': SignInLinkTable;
  'platform.sign_in_throttles': ThrottleTable;
  'platform.api_keys': ApiKeyTable;
  'platform.audit_log': AuditTable;
}

interface OperatorTable {
  id: Generated<string>;
  email: string;
  role: Role;
  password_hash: string | null;
  disabled_at: Date | null;
  created_at: Generated<Date>;
  last_sign_in_at: Date | null;
}

interface SessionTable {
  token_hash: Buffer;
  operator_id: string;
  created_at: Date;
  expires_at: Date;
  password_due: Generated<boolean>;
}

interface SignInLinkTable {
  token_hash: Buffer;
  operator_id: string;
  created_at: Date;
  expires_at: Date;
  used_at: Date | null;
}

interface ThrottleTable {
  key: string;
  attempts: number;
  window_ends_at: Date;
}

interface ApiKeyTable {
  id: Generated<string>;
  owner: string;
  name: string;
  key_hash: Buffer;
  created_at: Generated<Date>;
  changed_at: Generated<Date>;
  revoked_at: Date | null;
}

interface AuditTable {
  id: Generated<string>;
  at: Generated<Date>;
  actor_kind: 'operator' | 'cli' | 'system';
  actor_id: string;
  actor_name: string;
  action: string;
  target: string;
  details: ColumnType<Record<string, unknown>, string, never>;
}
