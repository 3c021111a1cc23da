// Comfort for browsers that run scripts; every page is complete without it.
document.documentElement.classList.add('scripted');

// A picture that a shop took away gives way to the parcel behind it.
document.addEventListener(
  'error',
  ({ target }) => {
    if (target instanceof HTMLImageElement) target.hidden = true;
  },
  true,
);
for (const image of document.images) {
  if (image.complete && image.naturalWidth === 0 && image.loading !== 'lazy') image.hidden = true;
}

// Choosing is enough; the button is for those without scripts.
const choice = document.querySelector('.choice');
choice?.addEventListener('change', () => choice.submit());

// The second click of a double click sends nothing.
document.addEventListener('submit', (event) => {
  const form = event.target;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = 'true';
});
window.addEventListener('pageshow', () => {
  for (const form of document.forms) delete form.dataset.sent;
});
