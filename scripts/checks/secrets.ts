export interface SecretFinding {
  path: string;
  line: number;
  kind: string;
}

// Only what is a secret by its shape: a guess at "password = ..." would cry wolf in every test. A line that must keep
// such a text (a fixture made up for a test) says `not-a-secret` in a comment.
const patterns: [kind: string, pattern: RegExp][] = [
  ['private key', /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/],
  ['AWS access key id', /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/],
  ['AWS secret access key', /aws_secret_access_key\W{1,4}[A-Za-z0-9/+]{40}\b/i],
  ['GitHub token', /\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{60,})\b/],
  ['Slack token', /\bxox[abprs]-[A-Za-z0-9-]{10,}/],
  ['Slack webhook', /hooks\.slack\.com\/(?:services|workflows)\/[A-Za-z0-9/_-]{20,}/],
  ['npm token', /\bnpm_[A-Za-z0-9]{36}\b/],
  ['Google API key', /\bAIza[0-9A-Za-z_-]{35}\b/],
  ['Stripe key', /\b[sr]k_live_[0-9A-Za-z]{20,}\b/],
  ['signed token', /\beyJ[A-Za-z0-9_-]{15,}\.eyJ[A-Za-z0-9_-]{15,}\.[A-Za-z0-9_-]{20,}/],
  [
    'password in a URL',
    /\b[a-z][a-z0-9+]*:\/\/[^\s:/@'"`$<{]+:[^\s:/@'"`$<{]{8,}@(?!localhost|127\.|\[::1\]|[a-z.-]*example\.)[a-z0-9]/i,
  ],
];

export function findSecrets(path: string, text: string): SecretFinding[] {
  return text.split('\n').flatMap((line, index) => {
    if (line.includes('not-a-secret')) return [];
    return patterns
      .filter(([, pattern]) => pattern.test(line))
      .map(([kind]) => ({ path, line: index + 1, kind }));
  });
}
