/** Fails if package-lock.json says where a package came from: that would tie an install to one registry. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.js';

const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
  packages: Record<string, { resolved?: string }>;
};
const withAddress = Object.entries(lock.packages).filter(([, entry]) => entry.resolved !== undefined);
if (withAddress.length > 0) {
  const names = withAddress.map(([name]) => name).join('\n  ');
  process.stderr.write(
    `These have a "resolved" address in package-lock.json; run npm install again:\n  ${names}\n`,
  );
  process.exitCode = 1;
}
