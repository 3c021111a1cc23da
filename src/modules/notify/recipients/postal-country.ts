import { ASCII_REPLACEMENTS } from './ascii-downgrade-data.ts';
import { COUNTRY_BY_NAME, type PostageZone, ZONE_OF_COUNTRY } from './postal-countries-data.ts';

export type { PostageZone };

export interface PostalCountry {
  /** As printed on the envelope. */
  readonly name: string;
  readonly zone: PostageZone;
}

export const UNITED_KINGDOM = 'United Kingdom';

const PREFIXES = ['', 'the ', 'yr ', 'y '];
const LONGEST_NAME = 120;

const countries = new Map(Object.entries(COUNTRY_BY_NAME));
const zones = new Map(Object.entries(ZONE_OF_COUNTRY));

/** The country a line names in any usual spelling; undefined when it names none. */
export function findCountry(line: string): PostalCountry | undefined {
  if (line.length > LONGEST_NAME || /\d/.test(line)) return undefined;
  for (const prefix of PREFIXES) {
    const name = countries.get(normalise(prefix + line));
    if (name !== undefined) return { name, zone: zones.get(name) ?? 'rest-of-world' };
  }
  return undefined;
}

function normalise(line: string): string {
  const spelt = line
    .replace(/[&+]/g, 'and')
    .toLowerCase()
    .replace(/[ _'’,.()-]/g, '');
  const ascii = spelt.replace(/[^ -~]/gu, (character) => ASCII_REPLACEMENTS[character] ?? '?');
  return ascii.includes('?') ? spelt : ascii;
}
