import type { ApiError } from '../server/api.ts';
import { isWord, say } from '../words/index.ts';

/** A refusal of the server in the visitor's language, by its code; rules of passwords by the rule. */
export function explain(error: ApiError): string {
  const rule = `password_${String(error.facts.rule)}`;
  if (error.code === 'WEAK_PASSWORD' && isWord(rule)) return say(rule);
  const word = `error_${error.code}`;
  if (isWord(word)) return say(word, { alternate: String(error.facts.alternate ?? '') });
  return say('error_unknown');
}
