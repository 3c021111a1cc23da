export { startTestServer, type TestServer } from './server.ts';
export { createTestDatabase, ensureTemplate, type TestDatabase } from './test-database.ts';
