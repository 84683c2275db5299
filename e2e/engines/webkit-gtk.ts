/** WebKitGTK: its MiniBrowser under Xvfb, driven by WebKitWebDriver. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { findWebKitGtk } from '../../scripts/engines.js';
import {
  bounded,
  CLOSE_TIMEOUT_MS,
  COMMAND_TIMEOUT_MS,
  START_TIMEOUT_MS,
  unless,
  type EngineBrowser,
  type LaunchOptions,
} from './engine.js';
import { endWithThisProcess } from './process-group.js';
import { connectWebDriver, type WebDriver } from './web-driver.js';
import { createWebDriverTabs } from './web-driver-tabs.js';
import { startXvfb } from './xvfb.js';

const POLL_MS = 50;

interface Session {
  sessionId: string;
  capabilities: { browserVersion: string };
}

export async function launchWebKitGtk({
  commandTimeoutMs = COMMAND_TIMEOUT_MS,
}: LaunchOptions = {}): Promise<EngineBrowser> {
  const { webDriver, miniBrowser, xvfb } = findWebKitGtk();
  const display = await startXvfb(xvfb);
  const home = await mkdtemp(join(tmpdir(), 'webkitgtk-'));
  const port = await freePort();
  const child = spawn(webDriver, [`--port=${port}`, '--host=127.0.0.1'], {
    stdio: 'ignore',
    detached: true,
    env: {
      PATH: process.env['PATH'],
      DISPLAY: display.name,
      HOME: home,
      XDG_DATA_HOME: join(home, 'data'),
      XDG_CACHE_HOME: join(home, 'cache'),
      XDG_CONFIG_HOME: join(home, 'config'),
      XDG_RUNTIME_DIR: home,
      // No accessibility bus where there is no desktop.
      NO_AT_BRIDGE: '1',
      GTK_A11Y: 'none',
    },
  });
  const endChild = endWithThisProcess(child);
  const end = async (): Promise<void> => {
    endChild();
    display.close();
    await rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };
  const ended = endOf(child, 'WebKitWebDriver has ended.');
  try {
    const driver = connectWebDriver(`http://127.0.0.1:${port}`, START_TIMEOUT_MS);
    const { sessionId, capabilities } = await bounded(
      unless(ended, newSession(driver, miniBrowser)),
      START_TIMEOUT_MS,
      'WebKitGTK did not start in time.',
    );
    const version = `WebKitGTK ${capabilities.browserVersion}`;
    const session = connectWebDriver(`http://127.0.0.1:${port}/session/${sessionId}`, commandTimeoutMs);
    return {
      name: 'webkitgtk',
      version,
      processId: child.pid ?? 0,
      open: createWebDriverTabs(session, ended, version, commandTimeoutMs),
      async close() {
        await bounded(session.call('DELETE', ''), CLOSE_TIMEOUT_MS, 'late').catch(() => undefined);
        await end();
      },
    };
  } catch (error) {
    await end();
    throw error;
  }
}

async function newSession(driver: WebDriver, miniBrowser: string): Promise<Session> {
  await untilReady(driver);
  return driver.call<Session>('POST', '/session', {
    capabilities: {
      alwaysMatch: {
        browserName: 'MiniBrowser',
        'webkitgtk:browserOptions': {
          binary: miniBrowser,
          // Without the second one `window.open` needs a click. In automation mode each start has a fresh profile, in memory.
          args: ['--automation', '--javascript-can-open-windows-automatically=true'],
        },
      },
    },
  });
}

/** The driver says nothing when it listens, so it is asked. */
async function untilReady(driver: WebDriver): Promise<void> {
  const endAtMs = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < endAtMs) {
    try {
      await driver.call('GET', '/status');
      return;
    } catch {
      await pass(POLL_MS);
    }
  }
  throw new Error('WebKitWebDriver does not listen.');
}

function endOf(child: ChildProcess, message: string): Promise<never> {
  const ended = new Promise<never>((_resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => reject(new Error(message)));
  });
  ended.catch(() => undefined);
  return ended;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
