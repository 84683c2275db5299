/** Writes the package's files to dist/: `npm run build`. */
import { execFileSync } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { rolldown, type OutputChunk, type Plugin } from 'rolldown';
import { reachableDeclarations } from './declarations.js';
import { licenceNotices } from './licences.js';
import { root } from './root.js';

const dist = join(root, 'dist');

/** Entries that use the package's own by name, so that they share its default client and its class of errors. */
const FURTHER_ENTRIES = {
  account: 'client/account.ts',
  amplify: 'client/amplify.ts',
  react: 'client/react.ts',
  testing: 'client/testing.ts',
};

/** What an entry imports besides the package's own, which the app has. */
const FROM_THE_APP: Readonly<Record<string, string[]>> = { react: ['react'] };

/** How the client refers to the files beside it, in the one form that every bundler sees. */
const LAZY_FILES = ['./extras.js', './in-page.js'];
const REFERENCES = [
  'new URL("./session.worker.js",import.meta.url)',
  ...LAZY_FILES.map((file) => `import("${file}")`),
];

/** Cognito's operations have no event streams; the SDK loads the code for them by a dynamic import that one file can't split. */
const withoutEventStreams: Plugin = {
  name: 'without-event-streams',
  resolveId: (specifier) => (specifier === '@smithy/core/event-streams' ? '\0no-event-streams' : undefined),
  load: (id) =>
    id === '\0no-event-streams'
      ? `export class EventStreamSerde { constructor() { throw new Error('Event streams are left out of this build.'); } }`
      : undefined,
};

/** Keeps what few pages load in files of their own: the last rung of the ladder, and the calls beyond the core. */
const lazyFilesStayOutside: Plugin = {
  name: 'lazy-files-stay-outside',
  resolveId(specifier, importer) {
    const file = LAZY_FILES.find((lazy) => specifier.endsWith(lazy.slice(1)));
    return importer !== undefined && file !== undefined ? { id: file, external: true } : undefined;
  },
};

const MAIN_FILE = './index.js';
/** Of which there must be one: the default client, and the class of errors. The main file exports both. */
const IN_MAIN_FILE = ['client/index.ts', 'worker/errors.ts'].map((path) => join(root, path));
const mainStaysOutside: Plugin = {
  name: 'main-stays-outside',
  async resolveId(specifier, importer) {
    const resolved = importer === undefined ? null : await this.resolve(specifier, importer);
    if (!resolved || !IN_MAIN_FILE.includes(resolved.id)) return undefined;
    return { id: MAIN_FILE, external: true };
  },
};

/** Bundles one entry, with all that it imports, into one file of dist/. */
async function bundle(
  entry: string,
  fileName: string,
  plugins: Plugin[],
  external: string[] = [],
): Promise<OutputChunk> {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  const build = await rolldown({
    input: join(root, entry),
    platform: 'browser',
    plugins,
    external,
    transform: {
      target: 'es2022',
      define: {
        __PACKAGE_VERSION__: JSON.stringify(version),
        // What the app calls development is for the app's bundler to say.
        'process.env.NODE_ENV': 'process.env.NODE_ENV',
      },
    },
    onLog(level, log, report) {
      if (level === 'warn') throw new Error(`${entry}: ${log.message}`);
      report(level, log);
    },
  });
  const { output } = await build.write({
    dir: dist,
    entryFileNames: fileName,
    format: 'es',
    minify: true,
    sourcemap: true,
    comments: { legal: false },
    codeSplitting: false,
  });
  await build.close();
  return output[0];
}

function demand(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise);
}

await rm(dist, { recursive: true, force: true });
const client = await bundle('client/index.ts', 'index.js', [lazyFilesStayOutside]);
const extras = await bundle('client/extras.ts', 'extras.js', []);
const worker = await bundle('worker/session.worker.ts', 'session.worker.js', [withoutEventStreams]);
const inPage = await bundle('worker/in-page.ts', 'in-page.js', [withoutEventStreams]);

const further: OutputChunk[] = [];
for (const [name, entry] of Object.entries(FURTHER_ENTRIES)) {
  const fromApp = FROM_THE_APP[name] ?? [];
  const chunk = await bundle(entry, `${name}.js`, [mainStaysOutside], fromApp);
  const allowed = [MAIN_FILE, ...fromApp].sort();
  demand(
    chunk.imports.sort().join() === allowed.join() && chunk.dynamicImports.length === 0,
    `${chunk.fileName} may import nothing but ${allowed.join(' and ')}`,
  );
  further.push(chunk);
}

demand(
  client.imports.length === 0 && client.dynamicImports.sort().join() === LAZY_FILES.join(),
  `dist/index.js may import nothing but ${LAZY_FILES.join(' and ')}, lazily`,
);
// The minifier prefers backticks, which fewer tools understand. Of equal length, so that the source map holds.
const clientCode = client.code.replaceAll(/`(\.\/[\w.-]+\.js)`/g, '"$1"');
for (const reference of REFERENCES) {
  demand(clientCode.includes(reference), `dist/index.js must hold ${reference} for bundlers to see`);
}
await writeFile(join(dist, client.fileName), clientCode);

for (const chunk of [extras, worker, inPage]) {
  // What it imported lazily was put into the file itself.
  const outside = [...chunk.imports, ...chunk.dynamicImports].filter((name) => name !== chunk.fileName);
  demand(outside.length === 0, `${chunk.fileName} must be one self-contained file`);
  demand(!/process\.env|import\.meta/.test(chunk.code), `${chunk.fileName} must not need a bundler`);
}

execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-b', 'client', 'worker'], {
  cwd: root,
  stdio: 'inherit',
});
const declarations = await reachableDeclarations(join(root, '.cache/types'), [
  'client/index.d.ts',
  'worker/session.worker.d.ts',
  ...Object.values(FURTHER_ENTRIES).map((entry) => entry.replace(/\.tsx?$/, '.d.ts')),
]);
for (const [path, text] of declarations) {
  await mkdir(dirname(join(dist, 'types', path)), { recursive: true });
  await writeFile(join(dist, 'types', path), text);
}

const chunks = [client, extras, worker, inPage, ...further];
const modules = chunks.flatMap((chunk) => Object.entries(chunk.modules));
const bundled = modules.filter(([, module]) => module.renderedLength > 0).map(([id]) => id);
await writeFile(join(dist, 'THIRD-PARTY-LICENSES.txt'), await licenceNotices(bundled));

const files = chunks.map(({ fileName }) => fileName);
process.stdout.write(`dist/ holds ${files.join(', ')} and types\n`);
