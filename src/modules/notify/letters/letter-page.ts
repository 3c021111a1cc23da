// Where things stand on a letter's page, in millimetres from its top left corner (public API 6.6.4, 6.6.5).

export interface Area {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export const PAGE_WIDTH_MM = 210;
export const PAGE_HEIGHT_MM = 297;
/** How far a page may be from A4. */
export const SIZE_TOLERANCE_MM = 2;
export const MAX_PAGES = 10;

/** Printers reach no further. */
export const PRINTABLE: Area = { left: 15, top: 5, right: 195, bottom: 292 };
/** What shows through the window of the envelope. */
export const ADDRESS_WINDOW: Area = { left: 24.6, top: 39.5, right: 120, bottom: 66.3 };
/** Around the window nothing may stand: the sheet slides in the envelope. */
export const WINDOW_SURROUNDINGS: Area = { left: 15, top: 30, right: 125, bottom: 95 };
/** Where the printer's mark is that tells the first page of a letter. */
export const TAG_AREA: Area = { left: 0, top: 0, right: 25, bottom: 10 };
export const TAG_TEXT = 'NOTIFY';

export const LOGO: Area = { left: 15, top: 10, right: 195, bottom: 28 };
export const CONTACT_BLOCK: Area = { left: 127, top: 30, right: 195, bottom: 93 };
export const FIRST_PAGE_BODY: Area = { left: 15, top: 97, right: 195, bottom: 277 };
export const OTHER_PAGE_BODY: Area = { left: 15, top: 20, right: 195, bottom: 277 };
export const FOOTER_BASELINE_MM = 286;

const POINTS_PER_MM = 72 / 25.4;

export function points(millimetres: number): number {
  return millimetres * POINTS_PER_MM;
}

export function millimetres(value: number): number {
  return value / POINTS_PER_MM;
}

/** Double sided. */
export function sheetsOf(pages: number): number {
  return Math.ceil(pages / 2);
}
