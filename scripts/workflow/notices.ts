/** What a webhook is told: parties specification section 8.8. */
export type Notice =
  | {
      kind: 'deployment';
      action_url: string;
      attempt: string;
      account: string;
      workspace: string;
      caller: string;
      scope: string;
      branch: string;
      result: 'succeeded' | 'failed';
      /** Name of the last failed stage. */
      result_detail: string | undefined;
    }
  | {
      kind: 'merge';
      tag: string;
      branch: string;
      caller: string;
      result: 'succeeded' | 'failed';
      result_detail: string | undefined;
      action_url: string;
    }
  | { kind: 'message'; environment: string; subject: string; message: string; state: string };

/**
 * Posts a notice and returns the webhook's answer. A webhook that fails is told of and never fails the work reported on:
 * then the result is undefined.
 */
export async function postNotice(
  webhookUrl: string,
  { kind, ...notice }: Notice,
  onFailure: (error: unknown) => void,
): Promise<string | undefined> {
  const payload =
    kind === 'message'
      ? notice
      : { ...notice, result_detail: ('result_detail' in notice && notice.result_detail) || 'None' };
  try {
    const response = await fetch(webhookUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(payload),
      signal: AbortSignal.timeout(10_000),
    });
    const text = await response.text();
    if (response.ok) return text;
    onFailure(new Error(`The webhook answered ${response.status}: ${text.slice(0, 200)}`));
  } catch (error) {
    onFailure(error);
  }
  return undefined;
}
