import { address, Link } from '../router.tsx';
import { api } from '../server/api.ts';
import { useSession } from '../server/session.ts';
import { currentLanguage, isLanguage, LANGUAGES, rememberLanguage, say } from '../words/index.ts';
import { brand } from './brand.ts';

export function Footer() {
  const session = useSession();
  const choose = async (chosen: string) => {
    if (!isLanguage(chosen)) return;
    rememberLanguage(chosen);
    // The page changes its language in any case; the account follows where it can.
    if (session.state === 'signed-in') await api('PATCH', '/me', { language: chosen }).catch(() => undefined);
    location.reload();
  };
  return (
    <footer className="foot" id="footer">
      <div className="wide foot-inner">
        <ul>
          <li>
            <Link to="/about" data-cy="footer-dark-link-about">
              {say('about')}
            </Link>
          </li>
          <li>
            <Link to="/how-it-works" data-cy="footer-dark-link-how">
              {say('howItWorks')}
            </Link>
          </li>
          <li>
            <Link to="/faq" data-cy="footer-dark-link-faq">
              {say('faq')}
            </Link>
          </li>
          <li>
            <Link to="/list-ideas" data-cy="footer-dark-link-ideas">
              {say('ideas')}
            </Link>
          </li>
          <li>
            <Link to="/contact" data-cy="footer-dark-link-contact">
              {say('contact')}
            </Link>
          </li>
          <li>
            <a href={address('/privacy')} data-cy="footer-dark-link-privacy">
              {say('privacy')}
            </a>
          </li>
          <li>
            <a href={address('/terms')} data-cy="footer-dark-link-terms">
              {say('terms')}
            </a>
          </li>
          <li>
            <a href={address('/cookies')} data-cy="footer-dark-link-cookies">
              {say('cookies')}
            </a>
          </li>
        </ul>
        <label className="language">
          {say('languageLabel')}{' '}
          <select value={currentLanguage()} onChange={(event) => void choose(event.target.value)}>
            {Object.entries(LANGUAGES).map(([code, name]) => (
              <option key={code} value={code}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <p className="quiet-text">
          <Link to="/" data-cy="footer-grey-link-copy">
            © {new Date().getFullYear()} {brand()}
          </Link>
        </p>
      </div>
    </footer>
  );
}
