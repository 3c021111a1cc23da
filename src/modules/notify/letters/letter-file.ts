import type { Postage } from '../recipients/postal-address.ts';
import { printFolder } from './letter-timings.ts';

const CLASSES: Readonly<Record<Postage, string>> = {
  first: '1',
  second: '2',
  economy: 'ECONOMY',
  europe: 'E',
  'rest-of-world': 'N',
};

/**
 * The name of a letter's file (internals 6.10.1), in upper case. `withFolder` puts the print day before it, as for
 * letters that are printed.
 */
export function letterFileName(
  letter: { reference: string; createdAt: Date; postage: Postage },
  options: { withFolder: boolean },
): string {
  const digits = letter.createdAt.toISOString().replace(/\D/g, '').slice(0, 14);
  const name = `NOTIFY.${letter.reference}.D.${CLASSES[letter.postage]}.C.${digits}.PDF`.toUpperCase();
  return options.withFolder ? `${printFolder(letter.createdAt)}/${name}` : name;
}

/** What every file of a letter starts with, whatever class it was filed under. */
export function letterFilePrefix(
  letter: { reference: string; createdAt: Date },
  options: { withFolder: boolean },
): string {
  const name = `NOTIFY.${letter.reference}.`.toUpperCase();
  return options.withFolder ? `${printFolder(letter.createdAt)}/${name}` : name;
}

/** The letter's reference in the name of its file. */
export function referenceOfFile(name: string): string | undefined {
  return name.split('/').at(-1)?.split('.')[1];
}
