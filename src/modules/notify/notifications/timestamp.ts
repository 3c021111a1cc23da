/** UTC with six digits of a second, as every time in the public API; null stays null (public section 3.1). */
export function timestamp(time: Date): string;
export function timestamp(time: Date | null): string | null;
export function timestamp(time: Date | null): string | null {
  return time === null ? null : `${time.toISOString().slice(0, -1)}000Z`;
}
