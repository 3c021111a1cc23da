import { useEffect } from 'react';
import { useAction } from '../../parts/form.ts';
import { LoadFailure, Skeleton } from '../../parts/page.tsx';
import { navigate } from '../../router.tsx';
import { api } from '../../server/api.ts';
import { forgetAll } from '../../server/query.ts';
import { explain } from '../../shell/refusals.ts';

export function LogOut() {
  const { run, failure } = useAction(explain);
  const leave = () =>
    run(async () => {
      await api('POST', '/auth/sign-out', {});
      forgetAll();
      navigate('/', { replace: true });
    });
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the page is opened
  useEffect(() => void leave(), []);
  return failure ? <LoadFailure retry={leave} /> : <Skeleton />;
}
