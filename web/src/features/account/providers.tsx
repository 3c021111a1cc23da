import { address } from '../../router.tsx';
import { useQuery } from '../../server/query.ts';
import { say } from '../../words/index.ts';

const NAMES: Record<string, string> = { google: 'Google', facebook: 'Facebook' };

/** Buttons of the sign-in providers that are set up here; nothing when there are none. */
export function Providers({ redirect }: { redirect: string }) {
  const { data } = useQuery<{ providers: string[] }>('/auth/providers');
  if (!data || data.providers.length === 0) return null;
  return (
    <div className="stack">
      {data.providers.map((provider) => (
        <a
          key={provider}
          className="button quiet"
          href={address(`/auth/federated/${provider}?redirect=${encodeURIComponent(redirect)}`)}
        >
          {say('continueWith', { provider: NAMES[provider] ?? provider })}
        </a>
      ))}
      <p className="or">{say('or')}</p>
    </div>
  );
}
