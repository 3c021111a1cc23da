// Everything works without this file: it starts the design system's own scripts and keeps live parts fresh.
import { initAll } from './govuk-frontend.min.js';

initAll();

for (const part of document.querySelectorAll('[data-refresh]')) keepFresh(part);
for (const form of document.querySelectorAll('[data-preview]')) keepPreview(form);

/**
 * Puts the newest state into `part`, from the address in data-refresh; without one, from the page's own, which has the
 * part under the same id.
 */
function keepFresh(part) {
  const calm = window.matchMedia('(prefers-reduced-motion: reduce)');
  const toggle = document.createElement('button');
  toggle.type = 'button';
  toggle.className = 'govuk-link sb-refresh';
  const news = document.createElement('p');
  news.className = 'govuk-visually-hidden';
  news.setAttribute('role', 'status');
  part.after(toggle, news);
  let isPaused = calm.matches;

  const label = () => {
    toggle.textContent = isPaused ? 'Update this page by itself' : 'Stop updating this page';
  };
  toggle.addEventListener('click', () => {
    isPaused = !isPaused;
    label();
  });
  label();

  const refresh = async () => {
    const isBusy = part.contains(document.activeElement) || hasSelectionIn(part);
    if (isPaused || document.hidden || isBusy) return;
    const response = await fetch(part.dataset.refresh || location.href, {
      headers: { accept: 'text/html' },
      redirect: 'error',
    });
    if (!response.ok) return;
    const html = partOf(await response.text(), part);
    if (html !== part.dataset.shown) {
      const open = [...part.querySelectorAll('details[open][id]')].map((details) => details.id);
      part.innerHTML = html;
      part.dataset.shown = html;
      for (const id of open) part.querySelector(`#${CSS.escape(id)}`)?.setAttribute('open', '');
    }
    if (part.querySelector('[data-refresh-ended]')) {
      clearInterval(timer);
      const again = document.createElement('a');
      again.className = 'govuk-link sb-refresh';
      again.href = location.href;
      again.textContent = 'Load the whole page again';
      toggle.replaceWith(again);
      news.textContent = 'Finished: this page no longer changes by itself.';
    }
  };
  // A request that fails is tried again at the next turn; the page shows when it was last fresh.
  const timer = setInterval(
    () => refresh().catch(() => undefined),
    Number(part.dataset.refreshSeconds) * 1000,
  );
}

function partOf(text, part) {
  if (part.dataset.refresh) return text;
  const page = new DOMParser().parseFromString(text, 'text/html');
  return page.getElementById(part.id)?.innerHTML ?? part.innerHTML;
}

function hasSelectionIn(part) {
  const selection = document.getSelection();
  return selection !== null && !selection.isCollapsed && part.contains(selection.anchorNode);
}

/** While somebody writes, the form's preview button is pressed for them and its part of the answer shown. */
function keepPreview(form) {
  const button = form.querySelector('[data-preview-button]');
  let timer;
  let asked = 0;
  const show = async () => {
    asked += 1;
    const number = asked;
    const fields = new URLSearchParams(new FormData(form));
    fields.set(button.name, button.value);
    const response = await fetch(form.action, { method: 'POST', body: fields, redirect: 'error' });
    if (!response.ok || number !== asked) return;
    const answer = new DOMParser().parseFromString(await response.text(), 'text/html');
    const fresh = answer.getElementById(form.dataset.preview);
    if (fresh) document.getElementById(form.dataset.preview)?.replaceWith(fresh);
  };
  form.addEventListener('input', () => {
    clearTimeout(timer);
    // Without an answer the last preview stays; the button is still there.
    timer = setTimeout(() => show().catch(() => undefined), 600);
  });
}
