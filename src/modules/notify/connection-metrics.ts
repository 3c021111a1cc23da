import type { Database } from '#platform/db';
import type { NotifyMetrics } from './events.ts';

type ConnectionMetrics = Pick<NotifyMetrics, 'connections' | 'connectionsInUse' | 'connectionUse'>;

/** Watches the connections of this process to PostgreSQL: public section 8.2. */
export function watchConnections({ pool }: Pick<Database, 'pool'>, metrics: ConnectionMetrics): void {
  const borrowedAt = new Map<object, number>();
  const show = () => {
    metrics.connections.set(pool.totalCount);
    metrics.connectionsInUse.set(borrowedAt.size);
  };
  pool.on('acquire', (client) => {
    borrowedAt.set(client, performance.now());
    show();
  });
  pool.on('release', (_error, client) => {
    const since = borrowedAt.get(client);
    if (since !== undefined) metrics.connectionUse.observe((performance.now() - since) / 1_000);
    borrowedAt.delete(client);
    show();
  });
  pool.on('remove', show);
  show();
}
