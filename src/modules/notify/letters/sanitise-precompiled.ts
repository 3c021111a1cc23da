import { createLetterWorkshop, type LetterWorkshop } from './letter-workshop.ts';
import type { SanitisedLetter } from './rewrite-precompiled.ts';

export type { SanitisedLetter };

const TIMEOUT_MS = 20_000;

let shared: LetterWorkshop | undefined;

/**
 * A precompiled letter checked and made ready for the printer (public API 6.6.5). The work is done in a thread that all
 * callers of this process share, which starts when it is first needed and does not keep the process alive; a file that
 * keeps it busy for 20 s cannot be read.
 */
export async function sanitisePrecompiled(
  pdf: Uint8Array,
  options: { internationalLetters: boolean },
): Promise<SanitisedLetter> {
  shared ??= createLetterWorkshop({ timeoutMs: TIMEOUT_MS });
  return shared.sanitise(pdf, options);
}
