/** The command: what it prints, and how it ends. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, expect, test, vi } from 'vitest';
import { startLocalCognito } from './server.js';

// Each test starts a process, or two.
vi.setConfig({ testTimeout: 30_000 });

const started: ChildProcess[] = [];

afterEach(() => {
  for (const child of started.splice(0)) child.kill();
});

function start(...options: string[]) {
  const main = join(import.meta.dirname, 'main.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', main, ...options], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.push(child);
  return child;
}

async function run(...options: string[]): Promise<{ code: unknown; out: string; err: string }> {
  const child = start(...options);
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code, out, err };
}

test('asked for help, it prints its options and starts nothing', async () => {
  const { code, out, err } = await run('--help');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toMatch(/^Usage: .*\n/);
  expect(out).toContain('--port');
});

test.each([
  [['--prot', '9400'], "Unknown option '--prot'. See --help.\n"],
  [['9400'], "Unexpected argument '9400'. See --help.\n"],
  [['--port', '65536'], '--port must be from 0 to 65535. See --help.\n'],
  [['--port='], '--port must be from 0 to 65535. See --help.\n'],
])('%j is refused in one line', async (options, line) => {
  expect(await run(...options)).toEqual({ code: 1, out: '', err: line });
});

test('a taken port is told in one line', async () => {
  const other = await startLocalCognito();
  try {
    const { port } = new URL(other.url);
    expect(await run('--port', port)).toEqual({
      code: 1,
      out: '',
      err: `Port ${port} is taken. Choose another with --port.\n`,
    });
  } finally {
    await other.close();
  }
});

test('it prints the config that an app passes on', async () => {
  const { stdout } = start('--port', '0');
  let out = '';
  for await (const chunk of stdout.setEncoding('utf8')) {
    out += String(chunk);
    if (out.includes('Sign in as')) break;
  }
  const url = /Local Cognito on (http:\S+?)\. /.exec(out)?.[1];
  expect(JSON.parse(out.slice(out.indexOf('{'), out.lastIndexOf('}') + 1))).toMatchObject({
    userPoolClientId: expect.any(String) as string,
    endpoints: { userPool: url, identityPool: url, oauth: url },
  });
});
