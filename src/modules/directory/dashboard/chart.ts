import { formatLondon } from '#platform/console';

/** Columns over time, as the view draws them: in units of a picture of 240 by 60. */
export interface Chart {
  title: string;
  columns: { x: number; y: number; width: number; height: number }[];
  /** For those who do not see the picture. */
  summary: string;
  /** The highest column with its unit. */
  highest: string;
  isEmpty: boolean;
}

const WIDTH = 240;
const HEIGHT = 60;

export function drawChart(options: {
  title: string;
  unit: string;
  /** By the start of their column, in milliseconds since the epoch; a column without a value is nothing. */
  values: ReadonlyMap<number, number>;
  since: Date;
  now: Date;
  columnMs: number;
}): Chart {
  const { title, unit, values, since, now, columnMs } = options;
  const places = Math.max(1, Math.ceil((now.getTime() - since.getTime()) / columnMs));
  const highest = Math.max(0, ...values.values());
  const width = WIDTH / places;
  const columns = [...values].flatMap(([at, value]) => {
    const place = Math.round((at - since.getTime()) / columnMs);
    if (value <= 0 || place < 0 || place >= places) return [];
    const height = Math.max(1, (value / highest) * HEIGHT);
    return [{ x: place * width, y: HEIGHT - height, width: width * 0.8, height }];
  });
  const peak = [...values].find(([, value]) => value === highest);
  const isEmpty = columns.length === 0;
  return {
    title,
    columns,
    isEmpty,
    highest: measure(highest, unit),
    summary: isEmpty
      ? `${title}: nothing in the last two hours`
      : `${title}: at most ${measure(highest, unit)} in five minutes, ${formatLondon(new Date(peak?.[0] ?? 0))}`,
  };
}

const MINUTE_MS = 60_000;

/** Minutes are for what is slow; what is not is told in seconds or milliseconds. */
function measure(value: number, unit: string): string {
  if (unit !== 'minutes' || value >= 1) return `${round(value)} ${unit}`;
  const ms = value * MINUTE_MS;
  return ms < 1_000 ? `${round(ms)} ms` : `${round(ms / 1_000)} s`;
}

function round(value: number): string {
  return value >= 10 ? Math.round(value).toLocaleString('en-GB') : String(Number(value.toPrecision(2)));
}
