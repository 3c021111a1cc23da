// Tells a Slack webhook of a deployment, a merge or the state of a backup: npm run notify:slack -- <kind> --<field> ...
// A webhook that fails is logged and never fails the work it was to report on.
import { type Notice, postNotice } from './workflow/notices.ts';

const FIELDS: Record<Notice['kind'], string[]> = {
  deployment: ['action_url', 'attempt', 'account', 'workspace', 'caller', 'scope', 'branch', 'result'],
  merge: ['tag', 'branch', 'caller', 'result', 'action_url'],
  message: ['subject', 'message', 'state'],
};

const [kind = '', ...args] = process.argv.slice(2);
const { SLACK_WEBHOOK_URL: webhookUrl, ENVIRONMENT: environment } = process.env;

if (!(kind in FIELDS)) stop(`Say what: ${Object.keys(FIELDS).join(', ')}`);
else if (!webhookUrl || !environment) stop('SLACK_WEBHOOK_URL and ENVIRONMENT must be set');
else {
  const given: Record<string, string | undefined> = { environment };
  for (let at = 0; at < args.length; at += 2) given[(args[at] ?? '').replace(/^--/, '')] = args[at + 1];
  const missing = FIELDS[kind as Notice['kind']].filter((name) => given[name] === undefined);
  if (missing.length > 0) stop(`Missing: ${missing.map((name) => `--${name}`).join(', ')}`);
  else {
    const fields = kind === 'message' ? given : { ...given, environment: undefined };
    // The fields of this kind were checked above.
    const answer = await postNotice(webhookUrl, { kind, ...fields } as Notice, (error) =>
      console.error('Not notified:', error instanceof Error ? error.message : error),
    );
    if (answer !== undefined) console.log(answer);
  }
}

function stop(message: string): void {
  console.error(message);
  process.exitCode = 2;
}
