/** Packs the package and installs it in one small app for each way that people bundle it. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../../scripts/root.js';

const run = promisify(execFile);
const templates = join(root, 'e2e/packages');
const installed = join(root, '.cache/packages');

const PACKAGE = 'cognito-session-worker';
/** Installs that run side by side. */
const PARALLEL_INSTALLS = 2;
const INSTALL_TIMEOUT_MS = 5 * 60_000;

/** By the app's name: which template it is made from, and what it depends on besides the package. */
const APPS = {
  'vite-5': { template: 'vite', dependencies: { vite: '^5.4.0' } },
  'vite-6': { template: 'vite', dependencies: { vite: '^6.0.0' } },
  'vite-7': { template: 'vite', dependencies: { vite: '^7.0.0' } },
  'vite-8': { template: 'vite', dependencies: { vite: '^8.0.0' } },
  'webpack-5': { template: 'webpack', dependencies: { webpack: '^5.100.0', 'webpack-cli': '^6.0.0' } },
  plain: { template: 'plain', dependencies: {} },
} as const;

/** One of the apps. */
export type AppName = keyof typeof APPS;

/** Where an installed app is. */
export function appFolder(name: AppName): string {
  return join(installed, name);
}

/** Installs all apps with the package as it was built last. What is installed already stays. */
export async function installApps(): Promise<void> {
  const tarball = await pack();
  const waiting = Object.keys(APPS) as AppName[];
  const installNext = async (): Promise<void> => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) await install(name, tarball);
  };
  await Promise.all(Array.from({ length: PARALLEL_INSTALLS }, installNext));
}

/** The name says what is inside, so that npm sees when it has changed. */
async function pack(): Promise<string> {
  await mkdir(installed, { recursive: true });
  const packing = ['pack', '--json', '--ignore-scripts', '--pack-destination', installed];
  const { stdout } = await npm(packing, root);
  const [packed] = JSON.parse(stdout) as [{ filename: string }];
  const written = join(installed, packed.filename);
  const digest = createHash('sha256').update(await readFile(written));
  const tarball = `${PACKAGE}-${digest.digest('hex').slice(0, 12)}.tgz`;
  for (const name of await readdir(installed)) {
    if (name.endsWith('.tgz') && name !== packed.filename && name !== tarball)
      await rm(join(installed, name));
  }
  await rename(written, join(installed, tarball));
  return tarball;
}

async function install(name: AppName, tarball: string): Promise<void> {
  const folder = appFolder(name);
  const { template, dependencies } = APPS[name];
  await mkdir(folder, { recursive: true });
  await cp(join(templates, 'app'), folder, { recursive: true });
  await cp(join(templates, template), folder, { recursive: true });

  const manifest = JSON.stringify({
    name: `app-${name}`,
    private: true,
    type: 'module',
    dependencies: { ...dependencies, [PACKAGE]: `file:../${tarball}` },
  });
  const marker = join(folder, 'node_modules/.installed.json');
  if ((await readFile(marker, 'utf8').catch(() => '')) === manifest) return;
  await rm(marker, { force: true });
  await writeFile(join(folder, 'package.json'), manifest);
  await npm(['install', '--no-package-lock', '--prefer-offline', '--no-audit', '--no-fund'], folder);
  await writeFile(marker, manifest);
}

function npm(npmArguments: string[], cwd: string): Promise<{ stdout: string }> {
  const onWindows = process.platform === 'win32';
  return run('npm', npmArguments, { cwd, timeout: INSTALL_TIMEOUT_MS, shell: onWindows });
}
