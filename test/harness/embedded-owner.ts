// A process that owns an embedded server, for tests that kill one. Prints the server's facts as one JSON line, then
// stays until it is killed or its standard input closes, which ends it without stopping the server first.
import { startEmbeddedServer } from '#platform/db';
import { createLogger } from '#platform/telemetry';

const [dataDir = '', osUser = 'nobody'] = process.argv.slice(2);
const log = createLogger({ level: 'silent', name: 'owner' });
try {
  const server = await startEmbeddedServer({ dataDir, port: 0, osUser, log });
  process.stdout.write(`${JSON.stringify({ pid: server.pid, port: server.port, url: server.url })}\n`);
  process.stdin.resume().on('end', () => process.exit(0));
} catch (error) {
  process.stdout.write(
    `${JSON.stringify({ error: error instanceof Error ? error.message : String(error) })}\n`,
  );
  process.exit(1);
}
