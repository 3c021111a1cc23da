import { type Comparison, debug } from './comparison.ts';

/** 6.8.2, D-04: a phone that is missing on both sides is no difference, so it is deleted exactly once. */
export function comparePublicPhone(comparison: Comparison): void {
  const { service, entity } = comparison;
  const phone = normalisePhone(entity.phone);
  const isEqual =
    phone === null ? (service.publicPhone ?? '') === '' : (service.publicPhone ?? 'None') === phone;
  if (isEqual) debug(comparison, 'Public Phone is equal');
  else
    comparison.changes.push({
      kind: 'column',
      column: 'publicphone',
      previous: service.publicPhone,
      value: phone,
    });
}

/** Trimmed and without spaces; a phone of nothing but white space stays as it was sent. */
export function normalisePhone(phone: string | null): string | null {
  if (phone === null || phone === '') return null;
  return phone.trim() === '' ? phone : phone.trim().replaceAll(' ', '');
}
