export interface SesSettings {
  /** Where the SNS topic delivers. */
  readonly topicUrl?: string;
  readonly topicArn: string;
  readonly receiptDelayMs: number;
}

/** The settings with the given ones changed, or what is wrong with them. */
export function readSesSettings(
  current: SesSettings,
  change: unknown,
): { settings: SesSettings } | { problems: string[] } {
  if (typeof change !== 'object' || change === null || Array.isArray(change)) {
    return { problems: ['The body must be a JSON object of settings; GET shows them.'] };
  }
  const { topicUrl, topicArn, receiptDelayMs } = { ...current, ...change };
  const problems: string[] = [];
  if (topicUrl !== undefined && (typeof topicUrl !== 'string' || !URL.canParse(topicUrl))) {
    problems.push('topicUrl must be an address');
  }
  if (typeof topicArn !== 'string' || topicArn === '') problems.push('topicArn must be a text');
  if (!Number.isInteger(receiptDelayMs) || receiptDelayMs < 0 || receiptDelayMs > 3_600_000) {
    problems.push('receiptDelayMs must be a whole number from 0 to 3600000');
  }
  if (problems.length > 0) return { problems };
  return { settings: { ...(topicUrl === undefined ? {} : { topicUrl }), topicArn, receiptDelayMs } };
}
