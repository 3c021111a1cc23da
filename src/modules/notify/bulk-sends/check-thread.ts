import { parentPort, workerData } from 'node:worker_threads';
import { checkFile, type FileToCheck } from './check-file.ts';

// One check, in a thread of its own: seconds of work for 100,000 rows, which no request should wait for. The thread was
// started with what to check and ends with the answer.
parentPort?.postMessage(checkFile(workerData as FileToCheck));
