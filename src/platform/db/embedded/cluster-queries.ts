import { SUPERUSER } from './data-folder.ts';

/** For single-user mode, which takes no parameters; a base64url password needs no quoting. */
export function setPasswordStatement(password: string): string {
  return `alter role ${SUPERUSER} password '${password}'\n`;
}
