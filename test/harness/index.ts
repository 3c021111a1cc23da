export {
  createTemporaryFolder,
  type EmbeddedOwner,
  spawnEmbeddedOwner,
  type TemporaryFolder,
  waitUntil,
} from './embedded-process.ts';
export { startTestServer, type TestServer } from './server.ts';
export { createTestDatabase, ensureTemplate, type TestDatabase } from './test-database.ts';
