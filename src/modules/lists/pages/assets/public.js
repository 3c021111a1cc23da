// Comfort for browsers that run scripts; every page is complete without it, and nothing on one moves because of it.

// A picture that a shop took away gives way to another, or to the parcel behind it, in the same place.
function replacePicture(image) {
  const { spare } = image.dataset;
  delete image.dataset.spare;
  if (spare) image.src = spare;
  else image.style.visibility = 'hidden';
}
document.addEventListener(
  'error',
  ({ target }) => {
    if (target instanceof HTMLImageElement) replacePicture(target);
  },
  true,
);
for (const image of document.images) {
  if (image.complete && image.naturalWidth === 0 && image.loading !== 'lazy') replacePicture(image);
}

// The second click of a double click sends nothing.
document.addEventListener('submit', (event) => {
  const form = event.target;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = 'true';
});
window.addEventListener('pageshow', () => {
  for (const form of document.forms) delete form.dataset.sent;
});
