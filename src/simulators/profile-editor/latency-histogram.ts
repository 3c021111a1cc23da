export interface Latencies {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** Buckets grow by 2 %, which bounds the error of a percentile, from 10 microseconds to beyond an hour. */
const GROWTH = Math.log(1.02);
const SMALLEST_MS = 0.01;
const BUCKETS = 1000;

/** Latencies of any number of requests in 4 kB. */
export class LatencyHistogram {
  readonly #counts = new Uint32Array(BUCKETS);
  #total = 0;
  #max = 0;

  add(ms: number): void {
    const bucket = ms <= SMALLEST_MS ? 0 : Math.ceil(Math.log(ms / SMALLEST_MS) / GROWTH);
    const index = Math.min(bucket, BUCKETS - 1);
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#total += 1;
    if (ms > this.#max) this.#max = ms;
  }

  /** In milliseconds, rounded to three digits; zero before the first request. */
  summary(): Latencies {
    return { p50: this.#at(0.5), p95: this.#at(0.95), p99: this.#at(0.99), max: round(this.#max) };
  }

  #at(share: number): number {
    if (this.#total === 0) return 0;
    const wanted = Math.ceil(this.#total * share);
    let seen = 0;
    for (const [index, count] of this.#counts.entries()) {
      seen += count;
      if (seen >= wanted) return round(Math.min(this.#max, SMALLEST_MS * Math.exp(index * GROWTH)));
    }
    return round(this.#max);
  }
}

function round(ms: number): number {
  return Number(ms.toPrecision(3));
}
