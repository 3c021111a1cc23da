import { type NhsEntity, normalisePostcode } from '../change-events/nhs-entity.ts';
import type { DosLocation, DosService } from '../dos/dos-service.ts';
import { invalidPostcodeReport } from '../reports/sync-reports.ts';
import { type Comparison, debug, info } from './comparison.ts';

/** 6.8.3: an address is only taken over together with a postcode that DoS knows. */
export function compareAddress(comparison: Comparison): void {
  const { service, entity, changes } = comparison;
  const address = formatAddress(entity.addressLines);
  const isAddressEqual = address === service.address;
  const location = isPostcodeEqual(service, entity) ? null : findLocation(comparison);
  if (location === undefined) {
    if (!isAddressEqual) info(comparison, 'Deleted address change as postcode is invalid');
    comparison.reports.push(invalidPostcodeReport(entity, service));
    return;
  }
  if (isAddressEqual) debug(comparison, 'Address is equal');
  else changes.push({ kind: 'column', column: 'address', previous: service.address, value: address });
  if (location === null) {
    debug(comparison, 'Postcode is equal');
    return;
  }
  changes.push(
    { kind: 'column', column: 'postcode', previous: service.postcode, value: location.postcode },
    { kind: 'column', column: 'town', previous: service.town, value: location.town },
    { kind: 'column', column: 'easting', previous: service.easting, value: location.easting },
    { kind: 'column', column: 'northing', previous: service.northing, value: location.northing },
    { kind: 'column', column: 'latitude', previous: service.latitude, value: location.latitude },
    { kind: 'column', column: 'longitude', previous: service.longitude, value: location.longitude },
  );
}

/** Whether the two postcodes agree, so that no location needs to be looked up. */
export function isPostcodeEqual(service: DosService, entity: NhsEntity): boolean {
  return normalisePostcode(service.postcode) === entity.normalPostcode;
}

/** The spellings under which `locations` may hold a postcode in normal form: with one space anywhere, or none. */
export function postcodeSpellings(normalPostcode: string): string[] {
  // The column holds 255 characters, so a longer text can never be found.
  if (normalPostcode === '' || normalPostcode.length > 255) return [];
  const spellings = [normalPostcode];
  for (let at = 1; at < normalPostcode.length; at++) {
    spellings.push(`${normalPostcode.slice(0, at)} ${normalPostcode.slice(at)}`);
  }
  return spellings;
}

/** The lines joined with `$`, words capitalised, apostrophes dropped and ampersands spelled out (6.8.3). */
export function formatAddress(lines: string[]): string {
  return lines.map(formatAddressLine).join('$');
}

function formatAddressLine(line: string): string {
  return line
    .replace(/[A-Za-z]+('[A-Za-z]+)?/g, (word) => word.charAt(0).toUpperCase() + word.slice(1).toLowerCase())
    .replaceAll("'", '')
    .replaceAll('&', 'and');
}

function findLocation({ entity, surroundings }: Comparison): DosLocation | undefined {
  return surroundings.locations
    .get(entity.normalPostcode)
    ?.find(
      ({ easting, northing, latitude, longitude }) =>
        easting !== null && northing !== null && latitude !== null && longitude !== null,
    );
}
