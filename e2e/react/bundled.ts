/** The app with React, bundled as its bundler would do it, but for the package's main file, which stays where its worker is. */
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { root } from '../../scripts/root.js';

const MAIN_FILE = '/dist/index.js';
const ENTRY = join(root, 'dist/react.js');

/** With React's development build, in which strict mode subscribes twice. */
export async function bundledReactApp(): Promise<string> {
  const build = await rolldown({
    input: join(root, 'e2e/react/app.js'),
    platform: 'browser',
    transform: { define: { 'process.env.NODE_ENV': '"development"' } },
    plugins: [
      {
        name: 'the package as it was built',
        resolveId(specifier, importer) {
          if (specifier === 'cognito-session-worker/react') return ENTRY;
          const isMain =
            specifier === 'cognito-session-worker' || (specifier === './index.js' && importer === ENTRY);
          return isMain ? { id: MAIN_FILE, external: true } : undefined;
        },
      },
    ],
  });
  const { output } = await build.generate({ format: 'es', codeSplitting: false });
  await build.close();
  return output[0].code;
}
