import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The notices of every package that one of the module files belongs to; equal texts stand once. */
export async function licenceNotices(moduleFiles: string[]): Promise<string> {
  const packagesByText = new Map<string, string[]>();
  for (const folder of [...new Set(moduleFiles.flatMap(packageFolder))].sort()) {
    const { name, version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as {
      name: string;
      version: string;
      license: string;
    };
    const texts = await noticeTexts(folder);
    if (texts.length === 0) throw new Error(`${name} ships no licence text, so it can't be built in.`);
    for (const text of texts) {
      packagesByText.set(text, [...(packagesByText.get(text) ?? []), `${name} ${version} (${license})`]);
    }
  }
  return [...packagesByText]
    .map(([text, names]) => `${names.join('\n')}\n\n${text}\n`)
    .join(`\n${'-'.repeat(80)}\n\n`);
}

/** The folder of the package in node_modules that a file belongs to; nothing for a file of our own. */
function packageFolder(file: string): string[] {
  const folder = /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(file)?.[0];
  return folder === undefined ? [] : [folder];
}

async function noticeTexts(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => /^(licen[cs]e|notice|copying)/i.test(name));
  return Promise.all(names.sort().map(async (name) => (await readFile(join(folder, name), 'utf8')).trim()));
}
