export { type Clock, systemClock } from './clock.ts';
export { createLogOutput, type LogOutput } from './log-output.ts';
export { createLogger, type Logger } from './logger.ts';
export { createMetrics, type Metrics, mergedMetricsText } from './metrics.ts';
export { newTraceparent, parseTraceparent, type Traceparent } from './traceparent.ts';
export { createTracer, type Span, type Tracer } from './tracer.ts';
