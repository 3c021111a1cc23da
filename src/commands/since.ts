import { CommandError } from './command.ts';

const UNIT_MS: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The time that `--since` names: an ISO time, or so many seconds, minutes, hours or days ago, such as `2h`. */
export function readSince(text: string): Date {
  const [, amount, unit = ''] = /^(\d+)([smhd])$/.exec(text) ?? [];
  const time = amount ? new Date(Date.now() - Number(amount) * (UNIT_MS[unit] ?? 0)) : new Date(text);
  if (Number.isNaN(time.getTime())) {
    throw new CommandError(`--since ${text} is neither a time nor 15m, 2h, 7d`, 2);
  }
  return time;
}
