import { Page } from '../../parts/page.tsx';
import { Link } from '../../router.tsx';
import { say } from '../../words/index.ts';
import { siteTexts } from './texts.ts';

export function HowItWorks() {
  return (
    <Page title={say('howItWorks')} isNarrow>
      <ol className="steps tall">
        {siteTexts().how.map(([title, text]) => (
          <li key={title}>
            <h2>{title}</h2>
            <p>{text}</p>
          </li>
        ))}
      </ol>
      <div>
        <Link to="/signup" className="button" data-cy="get-started-button">
          {say('getStarted')}
        </Link>
      </div>
    </Page>
  );
}
