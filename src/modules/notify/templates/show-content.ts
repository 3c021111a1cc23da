import {
  indexPersonalisation,
  isYes,
  type ListStyle,
  type Personalisation,
  valueText,
} from './personalisation.ts';
import type { CompiledContent } from './placeholders.ts';

/** A stretch of content as people are shown it: plain, or standing for a value. */
export interface ShownPart {
  readonly kind: 'text' | 'placeholder' | 'hidden';
  readonly text: string;
}

/**
 * Content for a page (public API 6.7.1): values where they are known, placeholders to be highlighted where they are
 * missing, and the word `hidden` for every value when the template hides personalisation.
 */
export function showContent(
  content: CompiledContent,
  personalisation: Personalisation,
  options: { lists: ListStyle; isHidden: boolean },
): ShownPart[] {
  const values = indexPersonalisation(personalisation);
  return content.pieces.map((piece): ShownPart => {
    if (typeof piece === 'string') return { kind: 'text', text: piece };
    if (options.isHidden) return { kind: 'hidden', text: 'hidden' };
    const value = values.get(piece.comparable);
    if (value === null || value === undefined) {
      const shown = piece.shownText === undefined ? '' : `??${piece.shownText}`;
      return { kind: 'placeholder', text: `((${piece.name}${shown}))` };
    }
    if (piece.shownText === undefined) return { kind: 'text', text: valueText(value, options.lists) };
    return { kind: 'text', text: isYes(value) ? piece.shownText : '' };
  });
}
