/** The packed package works wherever people bundle it: installed from the tarball, built, opened in a browser. */
import { execFile } from 'node:child_process';
import { cp } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Page } from '@playwright/test';
import type { SessionConfig, SessionInspection } from '../client/types.js';
import type { LocalCognito } from '../demo/local-cognito/server.js';
import { root } from '../scripts/root.js';
import type { SignInInput } from '../worker/contract.js';
import { ada, expect, test } from './fixtures.js';
import { appFolder, installApps } from './packages/apps.js';
import { build, serveByVite, type Served } from './packages/serving.js';
import { startStaticServer } from './static-server.js';

declare global {
  interface Window {
    /** What packages/app/main.js puts there. */
    packagedApp: {
      open(config: SessionConfig): Promise<SessionInspection>;
      signIn(input: SignInInput): Promise<boolean>;
      accessToken(options?: { forceRefresh: boolean }): Promise<string | undefined>;
    };
  }
}

const SUB_PATH = '/some/app/';
const VITES = ['vite-5', 'vite-6', 'vite-7', 'vite-8'] as const;
const INSTALL_TIMEOUT_MS = 10 * 60_000;

const run = promisify(execFile);

test.describe.configure({ timeout: 120_000 });

test.beforeAll(async () => {
  test.setTimeout(INSTALL_TIMEOUT_MS);
  await installApps();
  await build('webpack-5', 'webpack');
});

for (const app of VITES) {
  test(`an app on the development server of ${app}`, async ({ context, cognito }) => {
    // Up to Vite 7 it moves a package's code away from the file beside it, unless it is told not to.
    const told = app === 'vite-8' ? [] : ['--config', 'exclude.config.js'];
    await served(await serveByVite(app, 'dev', told), async (url) => {
      await sharesOneSession(await context.newPage(), url, cognito);
    });
  });

  test(`an app built by ${app}`, async ({ context, cognito }) => {
    await build(app, 'vite');
    await served(await serveByVite(app, 'preview'), async (url) => {
      await sharesOneSession(await context.newPage(), url, cognito);
    });
  });
}

test('an app built by webpack-5', async ({ context, cognito }) => {
  await served(await startStaticServer({ '/': appFolder('webpack-5') }), async (url) => {
    await sharesOneSession(await context.newPage(), `${url}/`, cognito);
  });
});

test('an app built by vite-8 and served under a sub-path', async ({ context, cognito }) => {
  await build('vite-8', 'vite', ['--base', SUB_PATH]);
  await served(await serveByVite('vite-8', 'preview', ['--base', SUB_PATH]), async (url) => {
    expect(new URL(url).pathname).toBe(SUB_PATH);
    await sharesOneSession(await context.newPage(), url, cognito);
  });
});

test('an app built by webpack-5 and served under a sub-path', async ({ context, cognito }) => {
  await served(await startStaticServer({ [SUB_PATH]: appFolder('webpack-5') }), async (url) => {
    await sharesOneSession(await context.newPage(), url + SUB_PATH, cognito);
  });
});

test('a page without a bundler', async ({ context, cognito }) => {
  await served(await startStaticServer({ '/': appFolder('plain') }), async (url) => {
    await sharesOneSession(await context.newPage(), `${url}/`, cognito);
  });
});

/** Where there is no window. */
const SERVER_SCRIPT = `
  import { configure, fetchAuthSession, peekSession } from 'cognito-session-worker';
  configure({ userPoolId: 'eu-central-1_AbCdEf123', userPoolClientId: '1example23456789' });
  fetchAuthSession().catch((error) => {
    console.log(JSON.stringify([typeof window, peekSession() === undefined, error.name]));
  });`;

test('an import on a server does nothing, and a fetch there says that it needs a browser', async () => {
  const asModule = ['--input-type=module', '--eval', SERVER_SCRIPT];
  expect(await saidOnServer(asModule)).toEqual(['undefined', true, 'UnsupportedEnvironmentException']);
});

test('bundled into CommonJS, where a file does not know its URL, it does the same', async () => {
  const esbuild = createRequire(join(appFolder('vite-5'), 'node_modules/vite/package.json'))('esbuild') as {
    build(options: object): Promise<unknown>;
  };
  await esbuild.build({
    stdin: { contents: SERVER_SCRIPT, resolveDir: appFolder('vite-5') },
    bundle: true,
    format: 'cjs',
    platform: 'node',
    outfile: join(appFolder('plain'), 'server.cjs'),
    logLevel: 'silent',
  });
  expect(await saidOnServer(['server.cjs'])).toEqual(['undefined', true, 'UnsupportedEnvironmentException']);
});

for (const resolution of ['bundler', 'nodenext']) {
  test(`the shipped types hold in a strict app with "moduleResolution": "${resolution}"`, async () => {
    const folder = appFolder('plain');
    await cp(join(root, 'e2e/packages/types/app.mts'), join(folder, 'app.mts'));
    const module = resolution === 'bundler' ? 'esnext' : 'nodenext';
    const options = `--noEmit --strict --exactOptionalPropertyTypes --target es2022 --lib es2022,dom`.split(
      ' ',
    );
    const tsc = [join(root, 'node_modules/typescript/bin/tsc'), '--ignoreConfig', 'app.mts', ...options];
    const { stdout } = await run(
      process.execPath,
      [...tsc, '--module', module, '--moduleResolution', resolution],
      { cwd: folder, timeout: 60_000 },
    ).catch((error: unknown) => error as { stdout: string });
    expect(stdout).toBe('');
  });
}

/** What every app must show: two tabs on one SharedWorker, a sign-in by SRP, and one refresh. */
async function sharesOneSession(page: Page, url: string, cognito: LocalCognito): Promise<void> {
  const first = await openApp(page, url, cognito);
  expect(first).toMatchObject({ transport: 'shared-worker' });

  expect(await page.evaluate((input) => window.packagedApp.signIn(input), ada)).toBe(true);
  const before = await page.evaluate(() => window.packagedApp.accessToken());
  const after = await page.evaluate(() => window.packagedApp.accessToken({ forceRefresh: true }));
  expect(before).toMatch(/^ey/);
  expect(after).toMatch(/^ey/);
  expect(after).not.toBe(before);

  const otherPage = await page.context().newPage();
  const second = await openApp(otherPage, url, cognito);
  expect(second).toMatchObject({ transport: 'shared-worker', workerInstanceId: first.workerInstanceId });
  expect(await otherPage.evaluate(() => window.packagedApp.accessToken())).toBe(after);

  expect(cognito.accepted()).toMatchObject({
    InitiateAuth: 1,
    RespondToAuthChallenge: 1,
    GetTokensFromRefreshToken: 1,
  });
}

async function openApp(page: Page, url: string, cognito: LocalCognito): Promise<SessionInspection> {
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('requestfailed', (request) => complaints.push(`${request.url()} failed`));
  page.on('response', (response) => {
    if (response.status() >= 400) complaints.push(`${response.url()} answered ${response.status()}`);
  });
  await page.goto(url);
  await page.waitForFunction(() => 'packagedApp' in window);
  const inspection = await page.evaluate((config) => window.packagedApp.open(config), cognito.config);
  expect(complaints).toEqual([]);
  return inspection;
}

async function saidOnServer(nodeArguments: string[]): Promise<unknown> {
  const { stdout, stderr } = await run(process.execPath, nodeArguments, {
    cwd: appFolder('plain'),
    timeout: 30_000,
  });
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

async function served(
  server: Pick<Served, 'url' | 'close'>,
  use: (url: string) => Promise<void>,
): Promise<void> {
  try {
    await use(server.url);
  } finally {
    await server.close();
  }
}
