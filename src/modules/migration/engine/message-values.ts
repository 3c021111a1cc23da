import type { SyncMessage } from './domain.ts';

/** A number of an event, which may come as text (spec section 5.3). Throws when it carries none. */
export function numberIn(message: SyncMessage, name: string): number {
  const value = message[name];
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (!Number.isSafeInteger(number)) throw new Error(`The event carries no ${name}`);
  return Number(number);
}

/** A text of an event. Throws when it carries none. */
export function textIn(message: SyncMessage, name: string): string {
  const value = message[name];
  if (typeof value !== 'string' || value === '') throw new Error(`The event carries no ${name}`);
  return value;
}

/** The key of a record that an event names by one number. */
export function keyIn(name: string) {
  return (message: SyncMessage): string => String(numberIn(message, name));
}

/** Values of a domain event stand one level deeper. */
export function additionalInformation(message: SyncMessage): SyncMessage {
  const values = message.additionalInformation;
  return typeof values === 'object' && values !== null ? (values as SyncMessage) : {};
}

// The echo filters of spec section 6.4.

/** Prefix: an event that the new services caused themselves. */
export function isFromNewServices({ auditModuleName }: SyncMessage): boolean {
  return isAuditOfNewServices(auditModuleName);
}

/** Prefix or missing: the same, or one that does not say what caused it. */
export function isFromNewServicesOrUnsigned(message: SyncMessage): boolean {
  return isUnsigned(message) || isFromNewServices(message);
}

/** Exact or missing: what one service writes, or an event that does not say what caused it. */
export function isFromOrUnsigned(auditModule: string) {
  return (message: SyncMessage): boolean => isUnsigned(message) || message.auditModuleName === auditModule;
}

export function isAuditOfNewServices(auditModuleName: unknown): boolean {
  return typeof auditModuleName === 'string' && auditModuleName.startsWith('DPS_SYNCHRONISATION');
}

function isUnsigned({ auditModuleName }: SyncMessage): boolean {
  return !auditModuleName;
}
