/** A screen that nobody looks at, for browsers that have no headless mode. */
import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { bounded } from './engine.js';
import { endWithThisProcess } from './process-group.js';

const START_TIMEOUT_MS = 20_000;

export interface Display {
  /** For the environment variable DISPLAY. */
  name: string;
  close(): void;
}

export async function startXvfb(executablePath: string): Promise<Display> {
  const child = spawn(
    executablePath,
    // The server finds a free number and says it on the third descriptor; it ends with its last window.
    ['-displayfd', '3', '-screen', '0', '1280x1024x24', '-nolisten', 'tcp', '-terminate'],
    { stdio: ['ignore', 'ignore', 'ignore', 'pipe'], detached: true },
  );
  const close = endWithThisProcess(child);
  const number = new Promise<string>((resolve, reject) => {
    (child.stdio[3] as Readable).once('data', (text: Buffer) => resolve(text.toString().trim()));
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`Xvfb has ended with ${code}.`)));
  });
  try {
    return { name: `:${await bounded(number, START_TIMEOUT_MS, 'Xvfb does not start.')}`, close };
  } catch (error) {
    close();
    throw error;
  }
}
