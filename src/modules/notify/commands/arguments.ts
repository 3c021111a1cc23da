import { CommandRefusal, type ModuleCommandValues } from '#platform/module';

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** An option with a value. */
export function text(description: string, extra: { short?: string; required?: boolean } = {}) {
  return { type: 'string' as const, description, ...extra };
}

export function textOf(values: ModuleCommandValues, name: string): string {
  return String(values[name]);
}

export function uuidOf(values: ModuleCommandValues, name: string): string {
  const value = textOf(values, name).toLowerCase();
  if (/^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/.test(value)) return value;
  throw new CommandRefusal(`--${name} must be a UUID`, 2);
}

export function numberOf(values: ModuleCommandValues, name: string): number {
  const value = Number(values[name]);
  if (Number.isInteger(value) && value >= 0) return value;
  throw new CommandRefusal(`--${name} must be a whole number`, 2);
}

export function dayOf(values: ModuleCommandValues, name: string): string {
  const value = textOf(values, name);
  const time = Date.parse(`${value}T00:00:00Z`);
  // Some days that calendars do not have are read as another one.
  if (DAY.test(value) && !Number.isNaN(time) && new Date(time).toISOString().startsWith(value)) return value;
  throw new CommandRefusal(`--${name} must be a day as YYYY-MM-DD`, 2);
}
