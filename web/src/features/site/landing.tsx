import { Page } from '../../parts/page.tsx';
import { Picture } from '../../parts/picture.tsx';
import { Link } from '../../router.tsx';
import { useQuery } from '../../server/query.ts';
import { say } from '../../words/index.ts';
import { siteTexts } from './texts.ts';

export function Landing() {
  const texts = siteTexts();
  return (
    <div className="landing">
      <section className="hero" data-cy="section-hero">
        <Page title={texts.claim}>
          <p className="lead">{texts.intro}</p>
          <div className="actions">
            <Link to="/signup" className="button" data-cy="create-button">
              {say('createList')}
            </Link>
            <Link to="/how-it-works" className="button quiet" data-cy="button-how-it-works">
              {say('howItWorks')}
            </Link>
          </div>
        </Page>
        <Picture source="/images/birthday-default-2.png" className="occasion" />
      </section>
      <section aria-labelledby="benefits">
        <h2 id="benefits">{say('benefitsTitle')}</h2>
        <ul className="cards three">
          {texts.benefits.map(([title, text]) => (
            <li key={title} className="card card-body">
              <h3>{title}</h3>
              <p>{text}</p>
            </li>
          ))}
        </ul>
      </section>
      <section aria-labelledby="steps">
        <h2 id="steps">{say('stepsTitle')}</h2>
        <ol className="steps">
          {texts.steps.map(([title, text]) => (
            <li key={title}>
              <h3>{title}</h3>
              <p>{text}</p>
            </li>
          ))}
        </ol>
        <Link to="/how-it-works" data-cy="button-more-details">
          {say('moreDetails')}
        </Link>
      </section>
      <Ideas />
      <section className="closing" aria-labelledby="closing">
        <h2 id="closing">{texts.closing}</h2>
        <div className="actions">
          <Link to="/signup" className="button" data-cy="button-get-started">
            {say('getStarted')}
          </Link>
          <Link to="/list-ideas" className="button quiet">
            {say('ideas')}
          </Link>
        </div>
      </section>
    </div>
  );
}

interface Article {
  slug: string;
  title: string;
  description: string;
  image: string | null;
}

/** Two articles; nothing, and nothing moves below the window's end, while there are none. */
function Ideas() {
  const { data } = useQuery<{ articles: Article[] }>('/articles');
  if (!data || data.articles.length === 0) return null;
  return (
    <section aria-labelledby="ideas">
      <h2 id="ideas">{say('ideas')}</h2>
      <ul className="cards three">
        {data.articles.slice(0, 2).map(({ slug, title, description, image }) => (
          <li key={slug} className="card">
            <Link to={`/list-ideas/${slug}`} className="card-link">
              {image && <Picture source={image} className="occasion" />}
              <span className="card-title">{title}</span>
            </Link>
            <p className="card-body quiet-text">{description}</p>
          </li>
        ))}
      </ul>
    </section>
  );
}
