import type { Job, JobOutcome, TaskDefinition } from '#platform/jobs';
import type { NotifyMetrics } from '../events.ts';

type TaskMetrics = Pick<NotifyMetrics, 'taskDuration' | 'taskCpuTime'>;

/** Measures the jobs of tasks: internals section 8.2. Batches of one process that run at once share its CPU evenly. */
export function measureTasks(tasks: readonly TaskDefinition[], metrics: TaskMetrics): TaskDefinition[] {
  const cpu = createCpuShares();
  return tasks.map((task) => ({
    ...task,
    run: async (jobs, run) => {
      const startedAt = performance.now();
      const share = cpu.begin();
      let outcomes: JobOutcome[] | undefined;
      try {
        outcomes = (await task.run(jobs, run)) ?? undefined;
        return outcomes;
      } catch (error) {
        outcomes = jobs.map(({ id }) => ({ id, status: 'failed', error }));
        throw error;
      } finally {
        const seconds = (performance.now() - startedAt) / 1_000;
        const cpuSeconds = cpu.end(share) / jobs.length;
        const byId = new Map(outcomes?.map((outcome) => [outcome.id, outcome]));
        for (const job of jobs) {
          const labels = { task: task.name, status: statusOf(job, byId.get(job.id)), queue: task.name };
          metrics.taskDuration.observe(labels, seconds);
          metrics.taskCpuTime.observe(labels, cpuSeconds);
        }
      }
    },
  }));
}

function statusOf(job: Job, outcome: JobOutcome | undefined): 'success' | 'retry' | 'failure' {
  if (outcome === undefined || outcome.status === 'completed') return 'success';
  if (outcome.status === 'refused') return 'failure';
  return outcome.status === 'failed' && job.attempt >= job.maxAttempts ? 'failure' : 'retry';
}

interface Share {
  seconds: number;
}

function createCpuShares() {
  const running = new Set<Share>();
  let last = process.cpuUsage();
  const divide = () => {
    const now = process.cpuUsage();
    const seconds = (now.user + now.system - last.user - last.system) / 1e6;
    last = now;
    for (const share of running) share.seconds += seconds / running.size;
  };
  return {
    begin(): Share {
      divide();
      const share = { seconds: 0 };
      running.add(share);
      return share;
    },
    end(share: Share): number {
      divide();
      running.delete(share);
      return share.seconds;
    },
  };
}
