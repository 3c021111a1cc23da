import { useQuery } from './query.ts';

export interface Person {
  userId: string;
  email: string;
  name: string;
  roles: string[];
  language: string;
  currency: string;
  hasPassword: boolean;
  providers: string[];
}

export type Session =
  | { state: 'loading' }
  | { state: 'failed'; retry: () => void }
  | { state: 'anonymous' }
  | { state: 'signed-in'; person: Person };

export function useSession(): Session {
  const { data, error, reload } = useQuery<Person>('/auth/session');
  if (error) {
    const isNobody = error.status === 401 || error.status === 403;
    return isNobody ? { state: 'anonymous' } : { state: 'failed', retry: reload };
  }
  return data ? { state: 'signed-in', person: data } : { state: 'loading' };
}
