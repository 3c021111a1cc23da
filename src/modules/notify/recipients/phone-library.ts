import { createRequire } from 'node:module';
import type googleLibphonenumber from 'google-libphonenumber';

export type PhoneLibrary = ReturnType<typeof load>;

let loaded: PhoneLibrary | undefined;

/** Loaded at the first number: a process that sees none need not keep the tables of all countries in memory. */
export function phoneLibrary(): PhoneLibrary {
  loaded ??= load();
  return loaded;
}

function load() {
  // `require`, because numbers are checked within functions that do not wait.
  const library: typeof googleLibphonenumber = createRequire(import.meta.url)('google-libphonenumber');
  const { PhoneNumberUtil, PhoneNumberType, PhoneNumberFormat } = library;
  const landlineTypes: ReadonlySet<number> = new Set([
    PhoneNumberType.FIXED_LINE,
    PhoneNumberType.FIXED_LINE_OR_MOBILE,
    PhoneNumberType.UAN,
  ]);
  return {
    library: PhoneNumberUtil.getInstance(),
    possible: PhoneNumberUtil.ValidationResult,
    formats: PhoneNumberFormat,
    landlineTypes,
    acceptedTypes: new Set<number>([
      ...landlineTypes,
      PhoneNumberType.MOBILE,
      PhoneNumberType.PERSONAL_NUMBER,
    ]),
  };
}
