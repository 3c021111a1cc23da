import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { address } from './router.tsx';
import { api } from './server/api.ts';
import { chooseLanguage } from './words/index.ts';
import '../../src/modules/lists/pages/assets/base.css';
import './style.css';

async function start(): Promise<void> {
  await chooseLanguage();
  const root = document.getElementById('root');
  if (!root) throw new Error('index.html has no element #root');
  createRoot(root).render(<App />);
  if (import.meta.env.PROD && 'serviceWorker' in navigator) await watchForNewVersion();
}

/** A new version takes over when no page of the old one is under work: at the next load, never in between. */
async function watchForNewVersion(): Promise<void> {
  const registration = await navigator.serviceWorker.register(address('/sw.js'), { scope: address('/') });
  registration.waiting?.postMessage('take-over');
}

addEventListener('error', (event) => {
  api('POST', '/client-errors', { message: event.message, source: 'web' }).catch(() => undefined);
});
// A page that stayed open over a new version asks for files that are gone: it is loaded anew, once.
addEventListener('vite:preloadError', (event) => {
  if (sessionStorage.getItem('reloaded') !== null) return;
  sessionStorage.setItem('reloaded', 'yes');
  event.preventDefault();
  location.reload();
});

void start();
