import { readFile } from 'node:fs/promises';
import { posix } from 'node:path';
import ts from 'typescript';

/**
 * The type declarations that the entries need, by path from `folder`, with their text.
 * Throws if one of them imports a package: all libraries are built in, so an app does not have them.
 */
export async function reachableDeclarations(folder: string, entries: string[]): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const waiting = [...entries];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (found.has(path)) continue;
    const text = await readFile(posix.join(folder, path), 'utf8');
    found.set(path, text);
    const { importedFiles, typeReferenceDirectives } = ts.preProcessFile(text);
    const specifiers = [...importedFiles, ...typeReferenceDirectives].map((reference) => reference.fileName);
    for (const specifier of specifiers) {
      if (!specifier.startsWith('.')) {
        throw new Error(`The shipped types import "${specifier}" (in ${path}), which an app does not have.`);
      }
      waiting.push(posix.join(posix.dirname(path), specifier.replace(/\.js$/, '.d.ts')));
    }
  }
  return found;
}
