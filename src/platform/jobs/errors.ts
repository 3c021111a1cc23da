import { sqlState } from '#platform/db';

const MAX_MESSAGE_CHARS = 1000;

export interface FaultText {
  cause: string;
  message: string;
}

/** The class of a fault, to group and search failures by: HTTP status, SQLSTATE, system error code or error name. */
export function describeFault(error: unknown): FaultText {
  // PostgreSQL stores neither NUL nor half of a surrogate pair, which the cut may leave.
  const message = messageOf(error).slice(0, MAX_MESSAGE_CHARS).replaceAll('\0', '').toWellFormed();
  const status = numberField(error, 'status') ?? numberField(error, 'statusCode');
  if (status !== undefined && status >= 400 && status <= 599) return { cause: `HTTP ${status}`, message };
  const state = sqlState(error);
  if (state !== undefined) return { cause: `SQLSTATE ${state}`, message };
  const code = textField(error, 'code') ?? textField(causeOf(error), 'code');
  if (code !== undefined) return { cause: code, message };
  return { cause: error instanceof Error ? error.name : 'Error', message };
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // fetch says only "fetch failed"; what failed is in its cause.
  const cause = causeOf(error);
  return cause instanceof Error && cause.message !== ''
    ? `${error.message}: ${cause.message}`
    : error.message;
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined;
}

function numberField(error: unknown, name: string): number | undefined {
  const value = fieldOf(error, name);
  return typeof value === 'number' ? value : undefined;
}

function textField(error: unknown, name: string): string | undefined {
  const value = fieldOf(error, name);
  return typeof value === 'string' ? value : undefined;
}

function fieldOf(error: unknown, name: string): unknown {
  if (typeof error !== 'object' || error === null) return undefined;
  return (error as Record<string, unknown>)[name];
}
