/** Packages of the distribution, where that is Debian or one like it and this process may install them. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** A download that hangs must not hold up the set-up for ever. */
export const INSTALL_TIMEOUT_MS = 10 * 60_000;

/** Another process may be installing something. */
const LOCK_TIMEOUT_S = 120;

let isUpdated = false;

export function mayInstallPackages(): boolean {
  return existsSync('/usr/bin/apt-get') && process.getuid?.() === 0;
}

/** Whether it worked is for the caller to see. */
export function installPackage(name: string): void {
  isUpdated ||= aptGet('update');
  aptGet('install', '-y', name);
}

function aptGet(...commandArguments: string[]): boolean {
  const { status } = spawnSync(
    'apt-get',
    ['-o', `DPkg::Lock::Timeout=${LOCK_TIMEOUT_S}`, ...commandArguments],
    {
      stdio: 'ignore',
      timeout: INSTALL_TIMEOUT_MS,
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    },
  );
  return status === 0;
}
