import { parentPort } from 'node:worker_threads';
import { checkPrecompiled } from './check-precompiled.ts';
import { renderPageImage } from './page-image.ts';
import { type LetterToRender, renderLetter } from './render-letter.ts';
import { rewritePrecompiled } from './rewrite-precompiled.ts';

// The thread of a letter workshop: does one piece of work after the other and posts what came of it.

/** What a workshop asks of its thread. */
export type LetterWork =
  | { readonly kind: 'render'; readonly letter: LetterToRender }
  | { readonly kind: 'check'; readonly pdf: Uint8Array; readonly options: { internationalLetters: boolean } }
  | {
      readonly kind: 'sanitise';
      readonly pdf: Uint8Array;
      readonly options: { internationalLetters: boolean };
    }
  | {
      readonly kind: 'image';
      readonly pdf: Uint8Array;
      readonly page: number;
      readonly options: { width?: number };
    };

/** What the thread answers. */
export type LetterWorkDone = { readonly result: unknown } | { readonly failure: string };

parentPort?.on('message', async (work: LetterWork) => {
  const done = await perform(work).then(
    (result): LetterWorkDone => ({ result }),
    (error: unknown): LetterWorkDone => ({ failure: error instanceof Error ? error.message : String(error) }),
  );
  parentPort?.postMessage(done);
});

async function perform(work: LetterWork): Promise<unknown> {
  switch (work.kind) {
    case 'render':
      return renderLetter(work.letter);
    case 'check':
      return checkPrecompiled(work.pdf, work.options);
    case 'sanitise':
      return rewritePrecompiled(work.pdf, work.options);
    default:
      return renderPageImage(work.pdf, work.page, work.options);
  }
}
