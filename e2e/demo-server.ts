/** Starts the demo as a person does, by `npm start`, on a free port and without opening a browser. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const START_TIMEOUT_MS = 45_000;

/** A running demo. */
export interface Demo {
  url: string;
  stop(): Promise<void>;
}

/** @param variables laid over the environment */
export async function startDemo(variables: Record<string, string> = {}): Promise<Demo> {
  const child = spawn('npm', ['start', '--', '--port', '0', '--mode', 'test'], {
    cwd: join(import.meta.dirname, '..'),
    // The dev server ends with its standard input, so it does not outlive this process. In CI it would not look.
    env: { ...process.env, ...variables, CI: '', BROWSER: 'none', NO_COLOR: '1', FORCE_COLOR: '0' },
    stdio: 'pipe',
    // A group of its own: npm, its shell and the dev server end together.
    detached: true,
  });
  const exited = once(child, 'exit');
  const stop = async () => {
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
    await exited;
  };
  try {
    return { url: await printedUrl(child.stdout, child.stderr), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The first address that the dev server prints. Rejects with all that it said, when it says none. */
function printedUrl(...streams: NodeJS.ReadableStream[]): Promise<string> {
  const signal = AbortSignal.timeout(START_TIMEOUT_MS);
  let said = '';
  return new Promise((resolve, reject) => {
    const fail = () => reject(new Error(`The demo did not start:\n${said}`));
    signal.addEventListener('abort', fail);
    for (const stream of streams) {
      stream.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        const url = /Local:\s+(http:\S+)/.exec(said)?.[1];
        if (url) resolve(url);
      });
      stream.on('end', fail);
    }
  });
}
