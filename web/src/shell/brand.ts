function meta(name: string): string {
  return document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content ?? '';
}

/** The operator's name for the site, which the server puts into the page. */
export function brand(): string {
  return meta('application-name') || 'Gift lists';
}

/** Outside production: "Staging - " before every title. */
export function titlePrefix(): string {
  return meta('title-prefix');
}
