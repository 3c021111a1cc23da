/** What an application may be granted, one for each operation of the interface: spec section 7.2. */
export const PERMISSIONS = [
  'create_team',
  'read_team',
  'delete_team',
  'create_product',
  'read_product',
  'delete_product',
  'search',
  'history',
  'changes',
] as const;

export type Permission = (typeof PERMISSIONS)[number];
