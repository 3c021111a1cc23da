import type { Metrics } from '#platform/telemetry';
import type { ThroughputRow } from './queue-queries.ts';
import type { QueueState } from './queue-states.ts';

export type CountedOutcome = 'completed' | 'retried' | 'failed' | 'given_back' | 'lost';

export interface JobMetrics {
  count(queue: string, outcome: CountedOutcome, jobs: number): void;
  observeBatch(queue: string, seconds: number): void;
  setQueues(states: QueueState[]): void;
  /** What was counted since the last call, for the shared throughput table. */
  takeThroughput(): ThroughputRow[];
  /** Gives counts back that could not be written. */
  returnThroughput(rows: ThroughputRow[]): void;
}

export function createJobMetrics(metrics: Metrics): JobMetrics {
  const outcomes = metrics.counter('signalbox_jobs_total', 'Jobs settled by outcome', ['task', 'outcome']);
  const durations = metrics.histogram('signalbox_job_batch_seconds', 'Time to run one batch of jobs', [
    'task',
  ]);
  const waiting = metrics.gauge('signalbox_queue_jobs', 'Jobs in a queue by state', ['queue', 'state']);
  const oldest = metrics.gauge('signalbox_queue_oldest_seconds', 'Age of the oldest waiting job', ['queue']);
  let throughput = new Map<string, ThroughputRow>();

  function add(row: ThroughputRow): void {
    const sum = throughput.get(row.queue) ?? { queue: row.queue, completed: 0, failed: 0 };
    sum.completed += row.completed;
    sum.failed += row.failed;
    throughput.set(row.queue, sum);
  }

  return {
    count(queue, outcome, jobs) {
      if (jobs === 0) return;
      outcomes.inc({ task: queue, outcome }, jobs);
      if (outcome === 'completed') add({ queue, completed: jobs, failed: 0 });
      if (outcome === 'failed') add({ queue, completed: 0, failed: jobs });
    },
    observeBatch: (queue, seconds) => durations.observe({ task: queue }, seconds),
    setQueues(states) {
      for (const state of states) {
        waiting.set({ queue: state.queue, state: 'waiting' }, state.waiting);
        waiting.set({ queue: state.queue, state: 'active' }, state.active);
        waiting.set({ queue: state.queue, state: 'retrying' }, state.retrying);
        waiting.set({ queue: state.queue, state: 'failed' }, state.failed);
        oldest.set({ queue: state.queue }, state.oldestWaitingSeconds ?? 0);
      }
    },
    takeThroughput() {
      const rows = [...throughput.values()];
      throughput = new Map();
      return rows;
    },
    returnThroughput: (rows) => rows.forEach(add),
  };
}
