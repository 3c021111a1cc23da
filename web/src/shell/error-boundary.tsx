import { Component, type ReactNode } from 'react';
import { api } from '../server/api.ts';
import { say } from '../words/index.ts';

/** A fault in a screen is told to the server, without anything personal, and never leaves an empty page. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { hasFailed: boolean }> {
  override state = { hasFailed: false };

  static getDerivedStateFromError() {
    return { hasFailed: true };
  }

  override componentDidCatch(error: Error) {
    // Nothing more can be done when the report does not arrive either.
    api('POST', '/client-errors', { message: `${error.name}: ${error.message}`, source: 'web' }).catch(
      () => undefined,
    );
  }

  override render() {
    if (!this.state.hasFailed) return this.props.children;
    return (
      <div className="narrow">
        <h1>{say('crashTitle')}</h1>
        <p role="alert">{say('crashText')}</p>
        <div>
          <button type="button" className="button" onClick={() => location.reload()}>
            {say('tryAgain')}
          </button>
        </div>
      </div>
    );
  }
}
