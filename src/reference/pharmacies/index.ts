export { LOCATION_COUNT, locationAt, type PharmacyLocation } from './locations.ts';
export { odsCodeAt, REAL_ODS_CODE_COUNT } from './ods-codes.ts';
export {
  type PharmacyProfile,
  type ProfileDate,
  type ProfilePeriod,
  profileOf,
  VARIATIONS,
  type Variation,
  variationOf,
} from './profile.ts';
export { type ServiceProfile, servicesOf } from './services.ts';
