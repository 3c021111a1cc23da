/** A place with a postcode, as the `locations` table of DoS holds it. */
export interface PharmacyLocation {
  postcode: string;
  town: string;
  easting: number;
  northing: number;
  latitude: number;
  longitude: number;
}

/** How many postcodes the made-up pharmacies share. */
export const LOCATION_COUNT = 4000;

const UNIT_LETTERS = 'ABDEFGHJLNPQRSTUWXYZ';
const TOWNS = [
  ...[
    'ALDERFORD',
    'ASHWICK',
    'BARROWMERE',
    'BECKSTONE',
    'BRAMLINGTON',
    'BRIDGEHAM',
    'CALDERFIELD',
    'CASTLEBROOK',
  ],
  ...[
    'CHAPELDEN',
    'COPPERTHWAITE',
    'CROSSHAVEN',
    'DUNMERE',
    'EASTWELL',
    'ELMSTEAD',
    'FAIRBOURNE',
    'FERNDALE',
  ],
  ...[
    'GREENHOLT',
    'HARTLEIGH',
    'HAWKSTONE',
    'HOLMBRIDGE',
    'KINGSMEAD',
    'LANGTHORPE',
    'MARLBECK',
    'MILLHAVEN',
  ],
  ...[
    'NORTHBOURNE',
    'OAKENSHAW',
    'PENWORTH',
    'RAVENFORD',
    'REDCLIFFE',
    'SANDHOLME',
    'SILVERDEN',
    'STONEHURST',
  ],
];

/** Location number `index`, counted round: no two of the first `LOCATION_COUNT` share a postcode. */
export function locationAt(index: number): PharmacyLocation {
  const place = index % LOCATION_COUNT;
  const district = 10 + (place % 80);
  const sector = Math.floor(place / 80) % 10;
  const unit = UNIT_LETTERS.charAt(Math.floor(place / 800));
  return {
    postcode: `ZZ${district} ${sector}${unit}${UNIT_LETTERS.charAt(place % UNIT_LETTERS.length)}`,
    town: TOWNS[district % TOWNS.length] ?? 'ALDERFORD',
    easting: 300000 + place * 61,
    northing: 100000 + ((place * 127) % 400000),
    latitude: (505000 + place * 12) / 10000,
    longitude: (place * 7 - 30000) / 10000,
  };
}
