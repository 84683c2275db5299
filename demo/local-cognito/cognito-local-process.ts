/** Runs npm's cognito-local in a process of its own. It keeps its data under its working directory, so it gets a new one. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const require = createRequire(import.meta.url);

/** Ends with its standard input, so that it can't outlive the test that started it. */
const SCRIPT = `
const { createDefaultServer } = require(process.argv[1]);
const pino = require(process.argv[2]);
createDefaultServer(pino({ level: 'silent' })).then((server) => server.start()).then((http) => {
  console.log(String(http.address().port));
});
process.stdin.resume().on('end', () => process.exit(0));
`;

/** Its default is a pool whose user names must be e-mail addresses. */
const CONFIG = { UserPoolDefaults: { UsernameAttributes: [] } };

export async function startCognitoLocal(): Promise<{ url: string; stop: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'cognito-local-'));
  await mkdir(join(folder, '.cognito'));
  await writeFile(join(folder, '.cognito/config.json'), JSON.stringify(CONFIG));
  const entry = require.resolve('cognito-local');
  const child = spawn(process.execPath, ['-e', SCRIPT, entry, createRequire(entry).resolve('pino')], {
    cwd: folder,
    // It reads its port and host while it is loaded.
    env: { ...process.env, PORT: '0', HOST: '127.0.0.1', AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE: '1' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const port = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve);
    child.once('error', reject);
    void exited.then(() => reject(new Error('cognito-local ended before it listened')));
  });
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      child.stdin.end();
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
