import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

/** Writes `sw.js` with the names of this build's files, so that a new build is a new service worker. */
function serviceWorker(): Plugin {
  return {
    name: 'service-worker',
    apply: 'build',
    generateBundle(_options, bundle) {
      const files = Object.keys(bundle).filter((name) => name.startsWith('assets/'));
      const version = createHash('sha256').update(files.toSorted().join()).digest('hex').slice(0, 12);
      const source = SERVICE_WORKER.replace('VERSION', version).replace('FILES', JSON.stringify(files));
      this.emitFile({ type: 'asset', fileName: 'sw.js', source });
    },
  };
}

// Pages come from the network, and from the kept shell only when there is none; files named by their hash never change.
// Answers of the API are never kept: they are private, and a stale count would lead to a gift bought twice.
const SERVICE_WORKER = `const cacheName = 'app-VERSION';
const files = FILES;
const root = new URL('./', self.location);
self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(cacheName).then((cache) => cache.addAll([root.href, ...files.map((file) => new URL(file, root).href)])));
});
self.addEventListener('activate', (event) => {
  event.waitUntil(caches.keys().then((names) => Promise.all(names.filter((name) => name !== cacheName).map((name) => caches.delete(name)))).then(() => self.clients.claim()));
});
self.addEventListener('message', (event) => { if (event.data === 'take-over') self.skipWaiting(); });
self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== root.origin) return;
  if (url.pathname.startsWith(root.pathname + 'assets/')) event.respondWith(caches.match(request).then((kept) => kept ?? fetch(request)));
  else if (request.mode === 'navigate') event.respondWith(fetch(request).catch(() => caches.match(root.href)));
});
`;

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  // The server says where the app is mounted, in a base element.
  base: './',
  plugins: [react(), serviceWorker()],
  build: {
    outDir: 'dist',
    target: 'es2022',
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // The content security policy has no data: scripts, and a picture as a file is kept longer.
    assetsInlineLimit: 0,
  },
});
