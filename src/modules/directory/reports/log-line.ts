/** One line for the DoS Integration log; messages, keys and levels are contract (8.1, 8.3.4). */
export interface LogLine {
  level: 'DEBUG' | 'INFO' | 'WARNING' | 'ERROR';
  message: string;
  fields?: Record<string, unknown>;
  /** The metric that the line counts for: it then also carries the environment (8.4, D-12). */
  metric?: string;
}

/** The keys of a line as they are logged. */
export function logFields({ fields, metric }: LogLine, environment: string): Record<string, unknown> {
  if (metric === undefined) return { ...fields };
  return { ...fields, environment, cloudwatch_metric_filter_matching_attribute: metric };
}
