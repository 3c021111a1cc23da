export { type ApiKey, type ApiKeyStore, createApiKeyStore } from './api-keys.ts';
export {
  type Actor,
  type AuditEntry,
  type AuditFilter,
  type AuditWriter,
  type RecordedAudit,
  recordAudit,
  searchAudit,
} from './audit.ts';
export {
  type BearerIdentity,
  type BearerVerifier,
  createBearerVerifier,
  InvalidTokenError,
} from './bearer.ts';
export { applyOperator, type DeclaredOperator } from './declared-operators.ts';
export { authMigrations } from './migrations.ts';
export {
  actorOf,
  createFirstOperator,
  createOperator,
  disableOperator,
  enableOperator,
  findOperator,
  issueSignInLink,
  listOperators,
  type Operator,
  type OperatorChange,
  setOperatorRole,
} from './operators.ts';
export { hashPassword, verifyPassword } from './passwords.ts';
export { isRole, type Role, roleAllows, roles } from './roles.ts';
export {
  type AuthContext,
  changePassword,
  findSession,
  findSignInLink,
  type NewSession,
  type Session,
  type SignInResult,
  signIn,
  signInByLink,
  signOut,
} from './sign-in.ts';
export { csrfTokenFor, isCsrfTokenOf, newToken } from './tokens.ts';
