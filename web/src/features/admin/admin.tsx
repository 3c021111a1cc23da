import { Page } from '../../parts/page.tsx';
import type { Person } from '../../server/session.ts';
import { NotFound } from '../../shell/not-found.tsx';
import { say } from '../../words/index.ts';

export function Admin({ person, rest }: { person: Person; rest: string }) {
  if (!person.roles.includes('admin') || rest !== '') return <NotFound />;
  return <Page title={say('adminTitle')}>{null}</Page>;
}
