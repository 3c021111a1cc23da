/**
 * The metrics of the original by the attribute of the log lines that they are counted from (8.4). Two more come of the
 * same lines: `QueueToDoSLatency` of `UpdateRequestSuccess`, and `DoSServiceUpdate` by field of `ServiceUpdate`.
 */
export const METRIC_NAMES = {
  ChangeEventReceived: 'ChangeEventReceived',
  UpdateRequestSent: 'UpdateRequestSent',
  UpdateRequestSuccess: 'UpdateRequestSuccess',
  UpdateRequestError: 'UpdateRequestFailed',
  ServiceUpdate: 'DoSAllServiceUpdates',
  InvalidPostcode: 'InvalidPostcode',
  InvalidOpenTimes: 'InvalidOpenTimes',
  ChangeEventsDLQHandlerReceivedEvent: 'ChangeEventsDLQHandlerReceivedEvent',
  DoSDBUpdateDLQHandlerReceivedEvent: 'DoSDBUpdateDLQHandlerReceivedEvent',
  EmailSent: 'EmailSent',
  EmailFailed: 'EmailFailed',
  QualityCheckerIssueFound: 'QualityCheckerIssueFound',
  QualityCheckerFinished: 'QualityCheckerFinished',
  QualityCheckerErrored: 'QualityCheckerErrored',
  DoSPalliativeCareZCodeDoesNotExist: 'DoSPalliativeCareZCodeDoesNotExist',
  BloodPressureZCodeDoesNotExist: 'DoSBloodPressureZCodeDoesNotExist',
  ContraceptionZCodeDoesNotExist: 'DoSContraceptionZCodeDoesNotExist',
} as const;

export type MetricAttribute = keyof typeof METRIC_NAMES;

export function isMetricAttribute(text: string): text is MetricAttribute {
  return Object.hasOwn(METRIC_NAMES, text);
}
