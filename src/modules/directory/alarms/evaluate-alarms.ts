import type { Handle } from '#platform/db';
import type { AlarmRule } from './alarm-rules.ts';
import { type SignalWindow, sumWindows, type WindowSum } from './signal-queries.ts';
import type { AlarmScope } from './signals.ts';

export interface AlarmVerdict {
  rule: AlarmRule;
  isAlarm: boolean;
}

export interface EvaluationOptions {
  environments: Record<AlarmScope, string>;
  /** Seconds that count as a minute. */
  minuteSeconds: number;
  now: Date;
  /** Time since the last evaluation: what happened in a longer gap must not go unnoticed. */
  gapSeconds: number;
}

/** Whether each rule's condition holds now, from two hours of sums: one query for all of them. */
export async function evaluateAlarms(
  handle: Handle,
  rules: AlarmRule[],
  options: EvaluationOptions,
): Promise<AlarmVerdict[]> {
  const { environments, now } = options;
  const windows = rules.flatMap((rule): SignalWindow[] => {
    const shared = {
      environment: environments[rule.scope],
      seconds: windowSeconds(rule, options),
      of: rule.of + missedWindows(rule, options),
    };
    return signalsOf(rule).map((name) => ({ ...shared, name }));
  });
  const sums = new Map(
    (await sumWindows(handle, unique(windows), now)).map((sum) => [windowKey(sum, sum.place), sum]),
  );
  return rules.map((rule) => {
    const at = { environment: environments[rule.scope], seconds: windowSeconds(rule, options) };
    const isBreached = (place: number) =>
      isTooMuch(rule, (name) => sums.get(windowKey({ ...at, name }, place)));
    const wouldAlarm = (first: number) => range(first, rule.of).filter(isBreached).length >= rule.breaches;
    return { rule, isAlarm: range(0, 1 + missedWindows(rule, options)).some(wouldAlarm) };
  });
}

function windowSeconds({ minutes, of, watch }: AlarmRule, options: EvaluationOptions): number {
  const seconds = minutes * options.minuteSeconds;
  return watch.kind === 'sum' && of === 1 ? Math.max(seconds, options.gapSeconds) : seconds;
}

/** Windows that ended while nobody looked: the rule is asked again as of the end of each. */
function missedWindows(rule: AlarmRule, options: EvaluationOptions): number {
  return rule.watch.kind === 'sum' && rule.of === 1
    ? 0
    : Math.floor(options.gapSeconds / windowSeconds(rule, options));
}

function range(first: number, length: number): number[] {
  return Array.from({ length }, (_, index) => first + index);
}

function signalsOf({ watch }: AlarmRule): string[] {
  return watch.kind === 'rate' ? [watch.signal, watch.of] : [watch.signal];
}

function isTooMuch({ watch }: AlarmRule, sumOf: (name: string) => WindowSum | undefined): boolean {
  const sum = sumOf(watch.signal);
  if (!sum) return false;
  if (watch.kind === 'rate') return sum.count / Math.max(sumOf(watch.of)?.count ?? 0, 1) >= watch.atLeast;
  if (watch.kind === 'sum') return sum.count > watch.above;
  return (watch.kind === 'average' ? sum.total / sum.count : sum.maximum) > watch.above;
}

function windowKey(window: Omit<SignalWindow, 'of'>, place: number): string {
  return `${window.environment}\n${window.name}\n${window.seconds}\n${place}`;
}

/** Two rules may look at the same windows, whose rows would otherwise be summed twice; the longer look back wins. */
function unique(windows: SignalWindow[]): SignalWindow[] {
  const longest = new Map<string, SignalWindow>();
  for (const window of windows) {
    const key = windowKey(window, 0);
    if ((longest.get(key)?.of ?? 0) < window.of) longest.set(key, window);
  }
  return [...longest.values()];
}
