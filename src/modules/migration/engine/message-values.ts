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

/** Values of a domain event stand one level deeper. */
export function additionalInformation(message: SyncMessage): SyncMessage {
  const values = message.additionalInformation;
  return typeof values === 'object' && values !== null ? (values as SyncMessage) : {};
}

/** The prefix rule of spec section 6.4: an event that the new services caused themselves. */
export function isFromNewServices(message: SyncMessage): boolean {
  return isAuditOfNewServices(message.auditModuleName);
}

export function isAuditOfNewServices(auditModuleName: unknown): boolean {
  return typeof auditModuleName === 'string' && auditModuleName.startsWith('DPS_SYNCHRONISATION');
}
