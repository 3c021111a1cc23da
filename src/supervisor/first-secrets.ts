import { randomInt } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The API key with which the simulated profile editor calls the directory. Made at the first start and kept in
 * `<data>/secrets/directory-api-key`, readable by its owner alone: spec directory section 7.1 (80 letters and digits).
 */
export function ensureDirectoryKey(dataDir: string): string {
  const path = directoryKeyPath(dataDir);
  if (existsSync(path)) return readFileSync(path, 'utf8').trim();
  mkdirSync(join(dataDir, 'secrets'), { recursive: true, mode: 0o700 });
  const key = generateApiKey();
  writeFileSync(path, `${key}\n`, { mode: 0o600 });
  return key;
}

export function directoryKeyPath(dataDir: string): string {
  return join(dataDir, 'secrets', 'directory-api-key');
}

const ALPHABETS = ['ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz', '0123456789'];

/** 80 letters and digits with at least two of each kind. */
function generateApiKey(): string {
  const pick = (alphabet: string): string => alphabet.charAt(randomInt(alphabet.length));
  const characters = [
    ...ALPHABETS.flatMap((alphabet) => [pick(alphabet), pick(alphabet)]),
    ...Array.from({ length: 74 }, () => pick(ALPHABETS.join(''))),
  ];
  for (let index = characters.length - 1; index > 0; index -= 1) {
    const other = randomInt(index + 1);
    [characters[index], characters[other]] = [characters[other] ?? '', characters[index] ?? ''];
  }
  return characters.join('');
}
