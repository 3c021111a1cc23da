import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { CommandRefusal } from '#platform/module';
import { ADMIN_ENVIRONMENT, ADMIN_SECRET, AdminClient } from '../testing/admin-client.ts';
import { createNotifyApp, type NotifyApp, SERVICE_ID, TEMPLATES } from '../testing/notify-app.ts';
import { readTemplateFile } from './template-file.ts';
import { templatesCommand } from './templates-command.ts';

describe('templates as files', () => {
  let app: NotifyApp;
  let admin: AdminClient;
  let folder: string;
  before(async () => {
    app = await createNotifyApp({ environment: ADMIN_ENVIRONMENT });
    admin = new AdminClient(app);
    folder = await mkdtemp(join(tmpdir(), 'signalbox-templates-'));
  });
  after(async () => {
    await app[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const run = async (action: string, options: Record<string, string | boolean> = {}) => {
    const lines: string[] = [];
    const values = { action, service: SERVICE_ID, folder, ...options };
    const result = await templatesCommand(app.context).run(values, (line) => lines.push(line));
    // Each action has a result of its own.
    return { lines, result: result as Record<string, unknown> };
  };
  const refusal = async (action: string, options: Record<string, string | boolean> = {}) => {
    const error = await run(action, options).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof CommandRefusal, String(error));
    return error;
  };
  const edit = async (fileName: string, change: (text: string) => string) => {
    const path = join(folder, fileName);
    await writeFile(path, change(await readFile(path, 'utf8')));
  };

  it('go out and come back unchanged', async () => {
    const { result } = await run('pull');
    assert.deepEqual(result.written, ['a-letter.letter.md', 'a-text.sms.md', 'an-email.email.md']);
    const text = await readFile(join(folder, 'an-email.email.md'), 'utf8');
    assert.equal(
      text,
      `---\nid: ${TEMPLATES.email}\ntype: email\nname: An email\nsubject: About ((name))\n---\nHello ((name))\n\n# Your pigeon\n\nIt flew.\n`,
    );
    assert.deepEqual((await run('push')).result.saved, []);
    assert.match((await run('diff', { check: true })).lines.join(), /agree/);
    await run('pull');
    assert.equal((await readdir(folder)).length, 3);
  });

  it('keep apart what has one name', async () => {
    const user = await admin.register();
    const body = { name: 'A text', template_type: 'sms', service: SERVICE_ID, created_by: user.id };
    const path = `/service/${SERVICE_ID}/template`;
    const { data } = await admin.expect(201, 'POST', path, { ...body, content: 'Another' });
    const own = await mkdtemp(join(tmpdir(), 'signalbox-templates-'));
    try {
      await run('pull', { folder: own });
      await run('pull', { folder: own });
      const files = (await readdir(own)).sort();
      assert.deepEqual(files, [
        'a-letter.letter.md',
        'a-text-2.sms.md',
        'a-text.sms.md',
        'an-email.email.md',
      ]);
      const texts = await Promise.all(files.map((file) => readFile(join(own, file), 'utf8')));
      const place = texts.findIndex((text) => text.includes(data.id));
      await writeFile(join(own, files[place] ?? ''), texts[place]?.replace('Another', 'One more') ?? '');
      await run('push', { folder: own });
      assert.equal((await admin.expect(200, 'GET', `${path}/${data.id}`)).data.content, 'One more');
      const { data: first } = await admin.expect(200, 'GET', `${path}/${TEMPLATES.sms}`);
      assert.deepEqual([first.content, first.version], ['Hello ((name))', 1]);
    } finally {
      await rm(own, { recursive: true, force: true });
      await admin.expect(200, 'POST', `${path}/${data.id}`, { archived: true });
    }
  });

  it('show and save what differs, but not what asks senders for more', async () => {
    await edit('a-text.sms.md', (text) => text.replace('Hello ((name))', 'Good day ((name))'));
    const { lines } = await run('diff');
    assert.ok(
      lines.includes('  - Hello ((name))') && lines.includes('  + Good day ((name))'),
      lines.join('\n'),
    );
    assert.equal((await refusal('diff', { check: true })).exitCode, 1);
    assert.equal((await run('push', { 'dry-run': true })).lines.at(-1), '1 would be saved');
    assert.match((await run('diff')).lines.at(-1) ?? '', /1 of 3 differ/);
    await run('push');
    const shown = await app.call({ url: `/v2/template/${TEMPLATES.sms}` });
    assert.equal(shown.json<{ body: string; version: number }>().body, 'Good day ((name))');
    assert.equal(shown.json<{ version: number }>().version, 2);

    await edit('a-text.sms.md', (text) => text.replace('Good day', 'Good day ((title))'));
    const refused = await refusal('push');
    assert.match(refused.message, /a-text\.sms\.md would ask for title/);
    await run('push', { 'allow-new-placeholders': true });
  });

  it('say what is wrong with each file, and change nothing', async () => {
    const faults: [string, RegExp][] = [
      ['no head', /must begin with a head/],
      ['---\ntype: fax\nname: X\n---\nx\n', /the head is wrong/],
      ['---\ntype: [\n---\nx\n', /the head cannot be read/],
      ['---\ntype: email\nname: X\n---\nx\n', /needs a subject/],
      ['---\ntype: sms\nname: X\n---\nHello ((name)\n', /brackets that are no placeholder: ello \(\(name/],
      ['---\ntype: sms\nname: X\n---\n\n', /has no message/],
      [`---\ntype: sms\nname: X\n---\n${'x'.repeat(919)}\n`, /longer than the 918 characters/],
      ['---\ntype: sms\nname: A text\n---\nTwin\n', /is about the same template as a-text\.sms\.md/],
    ];
    for (const [text, expected] of faults) {
      await writeFile(join(folder, 'zz.md'), text);
      for (const action of ['push', 'diff', 'pull']) assert.match((await refusal(action)).message, expected);
    }
    await rm(join(folder, 'zz.md'));
    assert.equal((await refusal('shove')).exitCode, 2);
    assert.equal((await refusal('pull', { service: 'x' })).exitCode, 2);
    assert.match((await refusal('pull', { service: TEMPLATES.sms })).message, /There is no service/);
    assert.throws(() => readTemplateFile(''), /must begin with a head/);
  });

  it('go to another environment by its internal API', async () => {
    const server = app.test.module('notify');
    await server.listen({ host: '127.0.0.1', port: 0 });
    const user = await admin.register();
    const service = await admin.createService(user);
    const secretFile = join(folder, 'secret');
    await writeFile(secretFile, `${ADMIN_SECRET}\n`);
    const url = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
    const there = { service: service.id, url, 'secret-file': secretFile };
    assert.match((await refusal('push', there)).message, /Say with --as/);
    assert.match((await refusal('push', { ...there, as: 'nobody@example.gov.uk' })).message, /404/);
    const { result } = await run('push', { ...there, as: user.email_address });
    assert.equal((result.saved as unknown[]).length, 3);
    assert.match((await run('diff', there)).lines.join(), /agree/);
    // The ids differ there; the names tell which is which.
    const again = await run('push', { ...there, as: user.email_address });
    assert.deepEqual(again.result.saved, []);
    await writeFile(secretFile, 'wrong');
    assert.match((await refusal('diff', there)).message, /API key not found/);
    assert.match((await refusal('diff', { ...there, url: 'http://127.0.0.1:9' })).message, /gave no answer/);
  });
});
