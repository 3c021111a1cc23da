import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ModuleCommand } from '#platform/module';
import { CommandError } from './command.ts';
import { findModuleCommands, readValues } from './module-commands.ts';

const command: ModuleCommand = {
  name: 'send',
  summary: 'Send something',
  positionals: [{ name: 'queue', description: 'Where to' }],
  options: {
    message: { type: 'string', description: 'What', required: true },
    now: { type: 'boolean', description: 'At once' },
    'to-whom': { type: 'string', description: 'Whom', short: 'w' },
  },
  run: async () => null,
};

describe('commands of a module', () => {
  it('are found by the name of the module alone', () => {
    assert.equal(findModuleCommands('directory')?.name, 'directory');
    assert.equal(findModuleCommands('nothing'), undefined);
  });

  it('get their words and options by name', () => {
    assert.deepEqual(
      { ...readValues('any', command, ['first', '--message', '{"a":1}', '--now', '--json']) },
      { queue: 'first', message: '{"a":1}', now: true, json: true },
    );
  });

  it('take short options, and underscores for dashes in a name', () => {
    for (const words of [['-w', 'a_b'], ['--to-whom', 'a_b'], ['--to_whom', 'a_b'], ['--to_whom=a_b']]) {
      const values = readValues('any', command, ['first_one', '--message', 'm', ...words]);
      assert.deepEqual([values['to-whom'], values.queue], ['a_b', 'first_one'], words.join(' '));
    }
  });

  it('take options as NAME=value too, where there is such an option', () => {
    assert.deepEqual(
      { ...readValues('any', command, ['first', 'MESSAGE=a=b']) },
      { queue: 'first', message: 'a=b' },
    );
    assert.deepEqual(
      { ...readValues('any', command, ['OTHER=x', 'MESSAGE=m']) },
      { queue: 'OTHER=x', message: 'm' },
    );
  });

  it('say what is missing, too much or unknown, with the usage', () => {
    for (const [args, problem] of [
      [['--message', 'x'], /^Missing: <queue>\n\nUsage: signalbox any send <queue> \[options\]/],
      [['first'], /^Missing: --message/],
      [['first', 'second', '--message', 'x'], /^Not understood: second/],
      [['first', '--message', 'x', '--later'], /Unknown option '--later'/],
    ] as const) {
      assert.throws(
        () => readValues('any', command, [...args]),
        (error) => error instanceof CommandError && error.exitCode === 2 && problem.test(error.message),
      );
    }
  });
});
