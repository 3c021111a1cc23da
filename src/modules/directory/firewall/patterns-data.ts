/** What the firewall recognises (7.3). Bounded repetition, so that no text takes longer than its length. */

/** Look-ups of logging libraries, serialised objects of Java, and paths of well-known holes. */
export const KNOWN_BAD_INPUTS = [
  /\$\{\s{0,9}(?:jndi|env|sys|java|lower|upper|date|::-|\$\{)/i,
  /rO0AB[CQX]|aced0005/i,
  /\bclass\.module\.classloader\b/i,
];
export const KNOWN_BAD_PATHS = [
  /\/\.(?:git|env|svn|aws|ssh)\b|\bweb-inf\b|\/cgi-bin\/|\/wp-(?:login|admin)|\/actuator\//i,
];
export const KNOWN_BAD_METHODS = new Set(['PROPFIND', 'PROPPATCH', 'TRACE', 'TRACK']);

/** Statements that no record of a pharmacy holds. */
export const SQL_INJECTION = [
  /\bunion[\s/*()]{1,20}(?:all[\s/*()]{1,20})?select\b/i,
  /['"]\s{0,20}(?:or|and)\s{1,20}(?:'[^']{0,50}'|\d{1,9})\s{0,20}(?:=|<|>|like)\s{0,20}(?:'[^']{0,50}'|\d{1,9})/i,
  /;\s{0,20}(?:drop|alter|truncate)\s{1,20}(?:table|database|schema|role)\b/i,
  /;\s{0,20}(?:delete\s{1,20}from|insert\s{1,20}into|shutdown\b|exec(?:ute)?\s{1,20}\w)/i,
  /\b(?:pg_sleep|benchmark|sleep|load_file|xp_cmdshell)\s{0,20}\(|\bwaitfor\s{1,20}delay\s|\binformation_schema\./i,
];
/** What only looks like it. Such a body is counted and goes on. */
export const SQL_INJECTION_SENSITIVE = [
  ...SQL_INJECTION,
  /['"]\s{0,20}(?:--|#|\|\||\/\*)/,
  /\b(?:select\b.{1,200}\bfrom|insert\s{1,20}into|delete\s{1,20}from|drop\s{1,20}table)\b/i,
];

/** Scripts, ways out of a folder, and the address where clouds keep credentials. */
export const COMMON_ATTACKS = [
  /<script\b|\bjavascript:|\bon(?:error|load|click|mouseover)\s{0,20}=/i,
  /(?:\.\.[/\\]){2}|%2e%2e(?:%2f|%5c)|\/etc\/(?:passwd|shadow)\b/i,
  /\b169\.254\.169\.254\b/,
];
/** A file to be fetched from elsewhere: in a body a website may be an address, which the comparison judges (6.8.1). */
export const REMOTE_FILES = /(?:https?|ftp|file):\/\/\d{1,3}(?:\.\d{1,3}){3}/i;
export const RESTRICTED_EXTENSIONS = /\.(?:ini|conf|config|bak|backup|log|key|sql|swp|dll|sys)$/i;
export const BAD_ROBOTS =
  /\b(?:sqlmap|nikto|nmap|masscan|zgrab|dirbuster|gobuster|w3af|acunetix|nessus|fimap)\b/i;
