/** Where the file of a report of messages lies. */
export function reportKey(id: string): string {
  return `notify/report-requests/notifications_report/${id}.csv`;
}
