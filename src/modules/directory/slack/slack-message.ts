import { type Static, Type } from 'typebox';

/** What an alarm has become: the payload of the job that tells Slack. */
export const SlackAlarm = Type.Object({
  name: Type.String(),
  state: Type.Union([Type.Literal('ALARM'), Type.Literal('OK'), Type.Literal('INSUFFICIENT_DATA')]),
  description: Type.String(),
  timeMs: Type.Integer(),
});
export type SlackAlarm = Static<typeof SlackAlarm>;

export interface SlackLinks {
  channel: string;
  alarmUrl: string;
  dashboardUrl: string;
  logUrl: string;
}

const COLOURS = { ALARM: '#e01e5a', OK: 'good', INSUFFICIENT_DATA: 'warning' } as const;

/** The body posted to the webhook (8.6), exact to the characters that users' searches match. */
export function slackMessage(alarm: SlackAlarm, links: SlackLinks): object {
  const { name, state, description, timeMs } = alarm;
  const emoji = state === 'OK' ? ':white_check_mark:' : ':rotating_light:';
  // With the space that stands before it in the name.
  const title = name.split('|')[2] ?? ` ${name}`;
  const value = [
    `*Name*: <${links.alarmUrl}|${name}> | *State*: ${state.charAt(0)}${state.slice(1).toLowerCase()}`,
    `*Description*: ${description}`,
    `<${links.dashboardUrl}|CloudWatch Monitoring Dashboard> | <${links.logUrl}|Splunk Dashboard>`,
  ].join('\n');
  return {
    channel: links.channel,
    blocks: [{ type: 'header', text: { type: 'plain_text', emoji: true, text: `${emoji} ${title}` } }],
    attachments: [{ color: COLOURS[state], ts: timeMs / 1_000, fields: [{ short: false, value }] }],
  };
}
