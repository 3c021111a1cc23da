/** The functions of the original, whose names users' log searches contain (8.1). */
export const WORKERS = [
  'ingest-change-event',
  'service-matcher',
  'service-sync',
  'send-email',
  'slack-messenger',
  'quality-checker',
  'event-replay',
  'change-event-dlq-handler',
  'dos-db-update-dlq-handler',
  'dos-db-handler',
] as const;

export type Worker = (typeof WORKERS)[number];
