import { type Role, roleAllows } from '#platform/auth';
import type { ConsoleSection } from './page-tools.ts';

const pages: { href: string; text: string; role: Role }[] = [
  { href: '/', text: 'Home', role: 'viewer' },
  { href: '/register', text: 'Register', role: 'viewer' },
  { href: '/failures', text: 'Failures', role: 'viewer' },
  { href: '/jobs', text: 'Jobs', role: 'viewer' },
  { href: '/audit', text: 'Audit', role: 'viewer' },
  { href: '/operators', text: 'Operators', role: 'admin' },
];

/** Items of the service navigation: our own pages, then one for each module that has some. */
export function navigationFor(sections: ConsoleSection[], role: Role, path: string) {
  const own = pages.filter((page) => roleAllows(role, page.role));
  const added = sections.flatMap(({ name, title, links }) => {
    const [first] = links;
    return first ? [{ href: first.href, text: title, prefix: `/pages/${name}` }] : [];
  });
  return [...own.map((page) => ({ ...page, prefix: page.href })), ...added].map(({ href, text, prefix }) => ({
    href,
    text,
    current: path === href,
    active: prefix !== '/' && path.startsWith(`${prefix}/`),
  }));
}
