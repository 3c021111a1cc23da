/** One line for the DoS Integration log; messages, keys and levels are contract (8.1, 8.3.4). */
export interface LogLine {
  level: 'INFO' | 'WARNING' | 'ERROR';
  message: string;
  fields?: Record<string, unknown>;
}
