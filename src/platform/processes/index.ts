export { announceProcess, type ProcessAnnouncement, processMigrations } from './announcement.ts';
export { listProcesses, type RunningProcess } from './process-queries.ts';
