import { hash } from '../hmpps/random.ts';
import { PRISONS } from './prisons-data.ts';

const LETTERS = 26;
const NUMBERS = 10_000;
/** As many as there are offender numbers that begin and end as ours. */
const ALL_OFFENDER_NUMBERS = LETTERS * NUMBERS * LETTERS * LETTERS;
const FIRST_BOOKING = 1_200_001;
const FIRST_ROOT_OFFENDER = 2_500_001;

/** Prisoner `index` of those held, from 0: each has one latest booking. */
export function offenderNo(index: number): string {
  const first = index % LETTERS;
  const number = Math.floor(index / LETTERS) % NUMBERS;
  const rest = Math.floor(index / (LETTERS * NUMBERS));
  return `${letter(first)}${String(number).padStart(4, '0')}${letter(Math.floor(rest / LETTERS))}${letter(rest % LETTERS)}`;
}

/** The index that `offenderNo` was made of; undefined when it is no offender number. */
export function prisonerIndex(text: string): number | undefined {
  if (!/^[A-Z]\d{4}[A-Z]{2}$/.test(text)) return undefined;
  const rest = code(text, 5) * LETTERS + code(text, 6);
  const index = code(text, 0) + LETTERS * (Number(text.slice(1, 5)) + NUMBERS * rest);
  return index < ALL_OFFENDER_NUMBERS ? index : undefined;
}

export function bookingId(index: number): number {
  return FIRST_BOOKING + index;
}

export function prisonerOfBooking(booking: number): number {
  return booking - FIRST_BOOKING;
}

export function rootOffenderId(index: number): number {
  return FIRST_ROOT_OFFENDER + index;
}

/** The prison, or `OUT` for one in ten, who were released. */
export function prisonOf(index: number): string {
  return hash(11, index) % 10 === 0 ? 'OUT' : (PRISONS[hash(12, index) % PRISONS.length] ?? PRISONS[0]);
}

function letter(index: number): string {
  return String.fromCharCode(65 + index);
}

function code(text: string, position: number): number {
  return text.charCodeAt(position) - 65;
}
