import type { Fault } from './fault-schema.ts';

/** The faults of one simulator. The first one that matches, has a count left and wins its dice is the one to apply. */
export class FaultList {
  #faults: Fault[] = [];
  readonly #random: () => number;

  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  /** As set, with `count` being what is left. */
  list(): readonly Fault[] {
    return this.#faults;
  }

  replace(faults: readonly Fault[]): void {
    this.#faults = faults.map((fault) => ({ ...fault }));
  }

  /** The fault for this request, which then has one less left. Those that are not `eligible` are passed over. */
  take(method: string, path: string, eligible: (fault: Fault) => boolean = () => true): Fault | undefined {
    if (this.#faults.length === 0) return undefined;
    const fault = this.#faults.find(
      (candidate) =>
        matches(candidate, method, path) &&
        eligible(candidate) &&
        candidate.count !== 0 &&
        (candidate.rate === undefined || this.#random() < candidate.rate),
    );
    if (fault?.count !== undefined) fault.count -= 1;
    return fault;
  }
}

function matches(fault: Fault, method: string, path: string): boolean {
  const wanted = fault.match?.method ?? '*';
  if (wanted !== '*' && wanted.toUpperCase() !== method) return false;
  const pattern = fault.match?.path ?? '*';
  if (!pattern.includes('*')) return pattern === path;
  return matchesWildcards(pattern, path);
}

/** `*` stands for any characters, slashes too. Greedy matching without a regular expression cannot be made slow. */
function matchesWildcards(pattern: string, path: string): boolean {
  const parts = pattern.split('*');
  const start = parts[0] ?? '';
  const end = parts.at(-1) ?? '';
  if (path.length < start.length + end.length || !path.startsWith(start) || !path.endsWith(end)) return false;
  let position = start.length;
  for (const part of parts.slice(1, -1)) {
    const found = path.indexOf(part, position);
    if (found === -1) return false;
    position = found + part.length;
  }
  return position <= path.length - end.length;
}
