export { type CorrelatedRequest, correlationIdFrom } from './correlation.ts';
export { HttpError } from './errors.ts';
export { type HealthReport, registerHealth } from './health.ts';
export {
  createOutgoingCalls,
  type OutgoingAnswer,
  type OutgoingCall,
  OutgoingCallError,
  type OutgoingCalls,
  type OutgoingFault,
} from './outgoing.ts';
export { createHttpServer, type HttpServer, registerApiDocument } from './server.ts';
export { uuidV7 } from './uuid.ts';
