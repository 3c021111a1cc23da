/** The part of Gherkin that the feature files use. */
export interface Feature {
  name: string;
  description: string;
  scenarios: Scenario[];
}

export interface Scenario {
  name: string;
  steps: Step[];
}

export interface Step {
  keyword: string;
  text: string;
  table: string[][];
  line: number;
}

const KEYWORDS = /^(Given|When|Then|And|But)\s+(.*)$/;

/** Reads a feature with its background, scenarios and outlines. Throws on a line it does not understand. */
export function parseFeature(source: string, file: string): Feature {
  const feature: Feature = { name: '', description: '', scenarios: [] };
  const background: Step[] = [];
  const outlines: { scenario: Scenario; examples: string[][] }[] = [];
  let steps: Step[] | undefined;
  let table: string[][] | undefined;
  for (const [index, raw] of source.split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const [, heading, title = ''] =
      /^(Feature|Background|Scenario Outline|Scenario|Examples):\s*(.*)$/.exec(line) ?? [];
    const [, keyword, text] = KEYWORDS.exec(line) ?? [];
    if (heading === 'Feature') feature.name = title;
    else if (heading === 'Background') steps = background;
    else if (heading === 'Scenario' || heading === 'Scenario Outline') {
      steps = [];
      outlines.push({ scenario: { name: title, steps }, examples: [] });
    } else if (heading === 'Examples') table = outlines.at(-1)?.examples;
    else if (keyword !== undefined && text !== undefined && steps) {
      const step: Step = { keyword, text, table: [], line: index + 1 };
      steps.push(step);
      table = step.table;
    } else if (line.startsWith('|') && table) table.push(readCells(line));
    else if (!steps) feature.description = `${feature.description} ${line}`.trim();
    else throw new Error(`${file}:${index + 1} is not understood: ${line}`);
  }
  for (const { scenario, examples } of outlines) {
    const whole = { ...scenario, steps: [...background, ...scenario.steps] };
    feature.scenarios.push(...(examples.length === 0 ? [whole] : expand(whole, examples)));
  }
  return feature;
}

/** `\|` stands for a bar inside a cell. */
function readCells(line: string): string[] {
  return line
    .slice(1, -1)
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim().replaceAll('\\|', '|'));
}

function expand(scenario: Scenario, [names = [], ...rows]: string[][]): Scenario[] {
  return rows.map((row) => {
    const fill = (text: string) =>
      names.reduce((filled, name, column) => filled.replaceAll(`<${name}>`, row[column] ?? ''), text);
    return {
      name: `${scenario.name} (${row.join(', ')})`,
      steps: scenario.steps.map((step) => ({
        ...step,
        text: fill(step.text),
        table: step.table.map((cells) => cells.map(fill)),
      })),
    };
  });
}
