import { Page } from '../../parts/page.tsx';
import { address } from '../../router.tsx';
import { say } from '../../words/index.ts';
import { siteTexts } from './texts.ts';

export function Faq() {
  const groups = siteTexts().faq;
  return (
    <Page title={say('faq')} isNarrow>
      <nav aria-label={say('onThisPage')}>
        <ul className="index">
          {groups.map(({ id, title }) => (
            <li key={id}>
              {/* The page has a base address, so an anchor alone would lead to the home page. */}
              <a href={`${address('/faq')}#${id}`}>{title}</a>
            </li>
          ))}
        </ul>
      </nav>
      {groups.map(({ id, title, entries }) => (
        <section key={id} aria-labelledby={id} className="stack">
          <h2 id={id} tabIndex={-1}>
            {title}
          </h2>
          {entries.map(([question, answer]) => (
            <details key={question}>
              <summary>{question}</summary>
              <p>{answer}</p>
            </details>
          ))}
        </section>
      ))}
    </Page>
  );
}
