import { Page } from '../parts/page.tsx';
import { Link } from '../router.tsx';
import { say } from '../words/index.ts';

export function NotFound() {
  return (
    <Page title={say('notFoundTitle')} isNarrow>
      <p>{say('notFoundText')}</p>
      <div className="actions">
        <Link to="/" className="button" data-cy="home">
          {say('home')}
        </Link>
        <Link to="/contact" className="button quiet" data-cy="contact">
          {say('contactUs')}
        </Link>
      </div>
    </Page>
  );
}
