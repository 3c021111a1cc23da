import type { HttpServer } from '#platform/http';

interface Operation {
  summary?: string;
  description?: string;
  tags?: string[];
}

/** /docs/openapi.json, and /docs for people: the operations in a plain page that needs no script. */
export async function registerApiPage(server: HttpServer): Promise<void> {
  server.get('/docs/openapi.json', { schema: { hide: true } }, async () => server.swagger());
  server.get('/docs', { schema: { hide: true } }, async (_request, reply) => {
    const { paths = {} } = server.swagger();
    const rows = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods as Record<string, Operation>).map(([method, operation]) => ({
        path,
        method,
        operation,
      })),
    );
    return reply.type('text/html; charset=utf-8').send(renderPage(rows));
  });
}

function renderPage(rows: { path: string; method: string; operation: Operation }[]): string {
  const items = rows.map(
    ({ path, method, operation }) => `
      <li><h2><code>${method.toUpperCase()} ${escapeHtml(path)}</code></h2>
      <p>${escapeHtml(operation.summary ?? '')}</p>
      ${operation.description ? `<p>${escapeHtml(operation.description)}</p>` : ''}</li>`,
  );
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>API documents - Signalbox</title>
<style>body{font:1rem/1.5 system-ui,sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem;color:#0b0c0c}
ul{list-style:none;padding:0}li{border-top:1px solid #b1b4b6;padding:.5rem 0}h2{font-size:1rem;margin:.5rem 0;overflow-wrap:anywhere}
p{margin:.25rem 0}a{color:#1a65a6}</style></head>
<body><main><h1>API documents</h1>
<p>The same as <a href="/docs/openapi.json">OpenAPI 3.1 document</a>. Each module also answers at the root of its own port.</p>
<ul>${items.join('')}</ul></main></body></html>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
