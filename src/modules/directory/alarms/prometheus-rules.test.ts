import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { odsCodeAt } from '#reference/pharmacies';
import { grafanaDashboard } from '../dashboard/grafana-dashboard.ts';
import { createDirectoryApp, NOW, onlyPhone, pharmacyRecord } from '../testing/directory-app.ts';
import { alarmRules, SIGNALS } from './alarm-rules.ts';
import { prometheusRules } from './prometheus-rules.ts';

const DASHBOARD = new URL('../../../../docs/grafana/directory-dashboard.json', import.meta.url);
const FILE = new URL('../../../../docs/prometheus/directory-alarms.yaml', import.meta.url);

interface RuleFile {
  groups: { rules: { alert: string; expr: string; annotations: { summary: string } }[] }[];
}

describe('the Prometheus rules', () => {
  it('are those in the file that is shipped (signalbox directory alarm-rules writes it)', async () => {
    assert.equal(await readFile(FILE, 'utf8'), prometheusRules());
  });

  it('hold every alarm but the news, with its original name', () => {
    const { groups } = parse(prometheusRules()) as RuleFile;
    const rules = groups[0]?.rules ?? [];
    const wanted = alarmRules({ profile: 'live', environment: 'live', hasFirewall: true });
    assert.equal(rules.length, wanted.length - 1);
    assert.equal(new Set(rules.map(({ alert }) => alert)).size, rules.length);
    for (const { alert, annotations } of rules) {
      assert.match(alert, /^[A-Za-z][A-Za-z0-9]+$/);
      assert.match(annotations.summary, /^uec-dos-int \| \{\{ \$labels\.environment \}\} \| ./);
    }
    const latency = rules.find(({ alert }) => alert === 'MaximumMessageLatency');
    assert.equal(
      latency?.expr,
      'count_over_time((sum by (environment) (increase(signalbox_directory_event_to_dos_seconds_count[5m])) - ' +
        'sum by (environment) (increase(signalbox_directory_event_to_dos_seconds_bucket{le="120"}[5m])) > 0)' +
        '[30m:5m]) >= 2',
    );
  });

  it('have a dashboard for Grafana beside them (signalbox directory dashboard writes it)', async () => {
    assert.deepEqual(JSON.parse(await readFile(DASHBOARD, 'utf8')), grafanaDashboard());
  });

  it('name only metrics that exist, from the start and at zero', async () => {
    await using test = await createDirectoryApp({
      environment: { ENVIRONMENT: 'blue1', PROFILE: 'demo' },
      now: NOW,
    });
    const metrics = async () => (await test.console.inject({ url: '/metrics' })).body;
    const before = await metrics();
    for (const rule of alarmRules({ profile: 'demo', environment: 'blue1', hasFirewall: true })) {
      const { watch } = rule;
      if (watch.kind === 'average' || watch.kind === 'maximum') continue;
      const sample = new RegExp(
        `^signalbox_directory_signals_total\\{.*signal="${escaped(watch.signal)}".*\\} 0$`,
        'm',
      );
      assert.match(before, sample, watch.signal);
    }
    await test.send(pharmacyRecord(odsCodeAt(3), onlyPhone('01632960111')), { correlationId: 'counted' });
    await test.drain();
    const after = await metrics();
    for (const signal of [
      'ChangeEventReceived',
      'UpdateRequestSent',
      'UpdateRequestSuccess',
      'DoSAllServiceUpdates',
    ]) {
      assert.doesNotMatch(after, new RegExp(`signals_total\\{.*signal="${signal}".*\\} 0$`, 'm'), signal);
    }
    assert.match(after, /^signalbox_directory_service_updates_total\{.*field="cmstelephoneno".*\} [1-9]/m);
    assert.match(after, /^signalbox_directory_event_to_dos_seconds_bucket\{.*le="120".*\}/m);
    assert.equal(SIGNALS.latency, 'QueueToDoSLatency');

    const { panels } = grafanaDashboard() as { panels: { targets: { expr: string }[] }[] };
    const expressions = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
    assert.ok(expressions.length > 40);
    for (const expression of expressions) {
      for (const [name] of expression.matchAll(/signalbox_\w+/g)) {
        assert.match(
          after,
          new RegExp(`^# TYPE ${name.replace(/_(sum|count|bucket)$/, '')} `, 'm'),
          expression,
        );
      }
      for (const [, signal = ''] of expression.matchAll(/signal="([^"]+)"/g)) {
        assert.match(after, new RegExp(`signals_total\\{.*signal="${escaped(signal)}".*\\} \\d`), signal);
      }
    }
  });
});

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
