import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Feature, parseFeature, type Scenario } from './gherkin.ts';
import { type PlayedFeature, postmanFiles } from './postman.ts';
import { NOTE, playStep } from './steps.ts';
import { type Target, World } from './world.ts';

export interface ScenarioResult {
  feature: string;
  scenario: string;
  /** Where and why it failed. */
  failure?: { step: string; line: number; error: unknown };
}

export interface FeatureRun {
  results: ScenarioResult[];
  played: PlayedFeature[];
}

const folder = fileURLToPath(new URL('./features/', import.meta.url));

/** Plays the features against a target, one scenario after the other, and cleans up behind each. */
export async function runFeatures(
  target: Target,
  options: { only?: (name: string) => boolean } = {},
): Promise<FeatureRun> {
  const run: FeatureRun = { results: [], played: [] };
  for (const file of readdirSync(folder)
    .filter((name) => name.endsWith('.feature'))
    .sort()) {
    const feature = parseFeature(readFileSync(join(folder, file), 'utf8'), file);
    const { name, description } = feature;
    const played: PlayedFeature = { name, description, scenarios: [] };
    for (const scenario of feature.scenarios) {
      if (options.only && !options.only(`${name}: ${scenario.name}`)) continue;
      run.results.push(await playScenario(target, feature, scenario, played));
    }
    run.played.push(played);
  }
  return run;
}

async function playScenario(
  target: Target,
  feature: Feature,
  scenario: Scenario,
  played: PlayedFeature,
): Promise<ScenarioResult> {
  const world = new World(target);
  const result: ScenarioResult = { feature: feature.name, scenario: scenario.name };
  const steps: PlayedFeature['scenarios'][number]['steps'] = [];
  played.scenarios.push({ name: scenario.name, steps });
  for (const step of scenario.steps) {
    try {
      const request = await playStep(world, step);
      if (request) steps.push({ name: `${step.keyword} ${step.text}`, request });
      const [, path, name] = NOTE.exec(step.text) ?? [];
      if (path !== undefined && name !== undefined) steps.at(-1)?.request.notes.push({ name, path });
    } catch (error) {
      result.failure = { step: `${step.keyword} ${step.text}`, line: step.line, error };
      break;
    }
  }
  await world.cleanUp();
  return result;
}

/** Writes `postman-collection.json` and `postman-environment.json`. */
export function writePostman(
  to: string,
  played: PlayedFeature[],
  options: { baseUrl?: string; apiKey?: string },
): void {
  const { collection, environment } = postmanFiles(played, options);
  writeFileSync(join(to, 'postman-collection.json'), `${JSON.stringify(collection, null, 4)}\n`);
  writeFileSync(join(to, 'postman-environment.json'), `${JSON.stringify(environment, null, 4)}\n`);
}
