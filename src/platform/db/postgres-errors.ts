const SOCKET_FAULTS = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

const SERVER_FAULTS = new Set([
  '57P01', // admin_shutdown
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now
  '53300', // too_many_connections
  '25006', // read_only_sql_transaction: a failover left us on the replica
]);
// 08 connection exception; 28 invalid authorization, as while credentials are rotated.
const SERVER_FAULT_CLASSES = ['08', '28'];

// pg reports these without a code.
const CLIENT_MESSAGES =
  /^(Connection terminated|timeout exceeded when trying to connect|timeout expired|Client has encountered a connection error|Query read timeout|Connection ended unexpectedly|Cannot use a pool after calling end)/;

// PostgreSQL's own words for an error that ends the session or does not let it begin, such as a database that takes no
// connections (55000) or that is being dropped; a statement that fails is an ERROR.
const SESSION_ENDS = new Set(['FATAL', 'PANIC']);

/** True when the database could not be reached or broke off, so the same statement may succeed a little later. */
export function isConnectionFailure(error: unknown): boolean {
  return causes(error).some((fault) => {
    if (SESSION_ENDS.has(stringField(fault, 'severity') ?? '')) return true;
    const code = codeOf(fault);
    if (code !== undefined) {
      if (SOCKET_FAULTS.has(code) || SERVER_FAULTS.has(code)) return true;
      if (code.length === 5 && SERVER_FAULT_CLASSES.includes(code.slice(0, 2))) return true;
    }
    return fault instanceof Error && CLIENT_MESSAGES.test(fault.message);
  });
}

/** The SQLSTATE PostgreSQL gave for this error or one that caused it. */
export function sqlState(error: unknown): string | undefined {
  return causes(error)
    .map(codeOf)
    .find((code) => code !== undefined && /^[0-9A-Z]{5}$/.test(code) && !SOCKET_FAULTS.has(code));
}

/** The name of the constraint a statement violated. */
export function violatedConstraint(error: unknown): string | undefined {
  return causes(error)
    .map((fault) => stringField(fault, 'constraint'))
    .find((name) => name !== undefined);
}

// An AggregateError is what Node throws when every address of a host refused.
function causes(error: unknown): unknown[] {
  const found: unknown[] = [];
  const waiting: unknown[] = [error];
  while (waiting.length > 0 && found.length < 20) {
    const next = waiting.shift();
    if (typeof next !== 'object' || next === null || found.includes(next)) continue;
    found.push(next);
    if ('cause' in next) waiting.push(next.cause);
    if (next instanceof AggregateError) waiting.push(...next.errors);
  }
  return found;
}

function codeOf(fault: unknown): string | undefined {
  return stringField(fault, 'code');
}

function stringField(fault: unknown, name: string): string | undefined {
  if (typeof fault !== 'object' || fault === null || !(name in fault)) return undefined;
  const value = (fault as Record<string, unknown>)[name];
  return typeof value === 'string' ? value : undefined;
}
