import { AggregatorRegistry, Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export interface GaugeOptions {
  /** What stands for the values of several processes; their sum without it. */
  aggregator?: 'sum' | 'max';
}

/** Prometheus metrics of one process. Asking twice for a name gives the same metric. */
export interface Metrics {
  counter<L extends string = never>(name: string, help: string, labelNames?: readonly L[]): Counter<L>;
  gauge<L extends string = never>(
    name: string,
    help: string,
    labelNames?: readonly L[],
    options?: GaugeOptions,
  ): Gauge<L>;
  histogram<L extends string = never>(
    name: string,
    help: string,
    labelNames?: readonly L[],
    buckets?: number[],
  ): Histogram<L>;
  /** All values as plain data, for another process to add up. */
  snapshot(): Promise<object[]>;
}

/** One exposition text for the snapshots of any number of processes: counters and histograms are summed. */
export async function mergedMetricsText(snapshots: object[][]): Promise<string> {
  // prom-client declares the parameter as its own JSON type, which is what snapshot() gives.
  return AggregatorRegistry.aggregate(
    snapshots as Parameters<typeof AggregatorRegistry.aggregate>[0],
  ).metrics();
}

const LATENCY_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];

export function createMetrics(options: { collectProcessMetrics?: boolean } = {}): Metrics {
  const registry = new Registry();
  if (options.collectProcessMetrics) collectDefaultMetrics({ register: registry });
  const known = new Map<string, unknown>();
  const once = <M>(name: string, make: () => M): M => {
    // A name always maps to the kind it was first made as; asking for another kind is a programming error that
    // prom-client reports when the metric is used.
    const existing = known.get(name) as M | undefined;
    if (existing) return existing;
    const metric = make();
    known.set(name, metric);
    return metric;
  };
  return {
    counter: (name, help, labelNames = []) =>
      once(name, () => new Counter({ name, help, labelNames, registers: [registry] })),
    gauge: (name, help, labelNames = [], { aggregator = 'sum' } = {}) =>
      once(name, () => new Gauge({ name, help, labelNames, aggregator, registers: [registry] })),
    histogram: (name, help, labelNames = [], buckets = LATENCY_SECONDS) =>
      once(name, () => new Histogram({ name, help, labelNames, buckets, registers: [registry] })),
    snapshot: () => registry.getMetricsAsJSON(),
  };
}
