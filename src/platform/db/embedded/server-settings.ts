// Settings of the embedded server, given on its command line so that they follow the program's version and not the
// day the cluster was made. Chosen for a two-core laptop that also runs the rest of Signalbox.
export const serverSettings: Record<string, string> = {
  listen_addresses: '127.0.0.1',
  // A socket file would need a folder that both users can enter; loopback TCP needs none.
  unix_socket_directories: '',
  max_connections: '100',
  superuser_reserved_connections: '3',

  // Pages are only touched when used, so an idle server stays small whatever this says.
  shared_buffers: '192MB',
  work_mem: '8MB',
  maintenance_work_mem: '64MB',
  effective_cache_size: '1GB',
  random_page_cost: '1.1',
  // Planning with the compiler costs more than our short statements can win back.
  jit: 'off',
  // Worker processes for reads would sit idle here: two cores, data mostly in the page cache.
  io_method: 'sync',
  max_worker_processes: '4',
  max_parallel_workers: '2',
  max_parallel_workers_per_gather: '1',
  max_parallel_maintenance_workers: '1',
  max_logical_replication_workers: '0',

  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  wal_level: 'replica',
  // A backup holds its log back with a replication slot over an ordinary connection; nothing streams.
  max_wal_senders: '0',
  max_replication_slots: '4',
  // The binary knows pglz alone, which costs more than writing the pages: 28 % of a record in tables of 1.5 million rows.
  wal_compression: 'off',
  wal_buffers: '8MB',
  // Filling a new segment of 16 MB with zeros takes up to 80 ms, during which no commit ends; growing it page by page
  // makes a flush 0.3 ms instead of 0.17. Segments in use again are full either way.
  wal_init_zero: 'off',
  max_wal_size: '2GB',
  min_wal_size: '128MB',
  checkpoint_timeout: '15min',
  checkpoint_completion_target: '0.9',

  // Queue tables turn over quickly: rows are updated several times in their minute and deleted days later.
  autovacuum_naptime: '15s',
  autovacuum_max_workers: '2',
  autovacuum_vacuum_scale_factor: '0.05',
  autovacuum_vacuum_insert_scale_factor: '0.1',
  autovacuum_analyze_scale_factor: '0.05',
  autovacuum_vacuum_cost_delay: '1ms',

  // Backends find out within seconds that a client's machine has gone.
  tcp_keepalives_idle: '30',
  tcp_keepalives_interval: '10',
  tcp_keepalives_count: '3',
  idle_in_transaction_session_timeout: '5min',

  timezone: 'UTC',
  log_timezone: 'UTC',
  log_line_prefix: '%m [%p] ',
  // Errors of statements reach the program that sent them, which logs them with its request. In the server's own log
  // they would put values of the rows, hence personal data, on disk.
  log_min_messages: 'log',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_checkpoints: 'off',
  log_autovacuum_min_duration: '-1',
};

export function settingArguments(settings: Record<string, string>): string[] {
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}
