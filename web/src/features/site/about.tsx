import { Page } from '../../parts/page.tsx';
import { Link } from '../../router.tsx';
import { say } from '../../words/index.ts';
import { siteTexts } from './texts.ts';

export function About() {
  return (
    <Page title={say('about')} isNarrow>
      {siteTexts().about.map((text) => (
        <p key={text}>{text}</p>
      ))}
      <div>
        <Link to="/signup" className="button">
          {say('getStarted')}
        </Link>
      </div>
    </Page>
  );
}
