/** Runs a bundler's own commands in an installed app. */
import { execFile, spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { appFolder, type AppName } from './apps.js';

const run = promisify(execFile);

const START_TIMEOUT_MS = 60_000;
const BUILD_TIMEOUT_MS = 120_000;
const COMMANDS = { vite: 'node_modules/vite/bin/vite.js', webpack: 'node_modules/webpack/bin/webpack.js' };

/** A server that serves an app. */
export interface Served {
  url: string;
  close(): Promise<void>;
}

/** Runs a command that ends by itself. Rejects with its output if it fails. */
export async function build(
  name: AppName,
  bundler: keyof typeof COMMANDS,
  options: string[] = [],
): Promise<void> {
  await run(process.execPath, [COMMANDS[bundler], 'build', ...options], {
    cwd: appFolder(name),
    timeout: BUILD_TIMEOUT_MS,
  });
}

/** Starts `vite` or `vite preview`, and resolves when it says where it listens. */
export async function serveByVite(
  name: AppName,
  command: 'dev' | 'preview',
  options: string[] = [],
): Promise<Served> {
  const folder = appFolder(name);
  // As on a first start: what was prepared from another build of the package must not be served.
  await rm(join(folder, 'node_modules/.vite'), { recursive: true, force: true });
  const listening = ['--host', '127.0.0.1', '--port', String(await freePort()), '--strictPort'];
  const child = spawn(process.execPath, [COMMANDS.vite, command, ...listening, ...options], {
    cwd: folder,
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const close = (): Promise<void> => {
    child.kill();
    return ended;
  };
  try {
    return { url: await announcedUrl(child, ended), close };
  } catch (error) {
    await close();
    throw error;
  }
}

function announcedUrl(child: ReturnType<typeof spawn>, ended: Promise<void>): Promise<string> {
  let said = '';
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => reject(new Error(`vite ${why}:\n${said}`));
    const timer = setTimeout(() => fail('did not start'), START_TIMEOUT_MS);
    const listen = (chunk: Buffer): void => {
      said += chunk.toString();
      const url = /http:\/\/127\.0\.0\.1:\d+\S*/.exec(said)?.[0];
      if (url === undefined) return;
      clearTimeout(timer);
      resolve(url);
    };
    child.stdout?.on('data', listen);
    child.stderr?.on('data', listen);
    void ended.then(() => {
      clearTimeout(timer);
      fail('ended');
    });
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}
