/** Bundles a script of an app that runs on the test page, with all that it imports but the package, which the page has already. */
import { fileURLToPath } from 'node:url';
import { rolldown, type Plugin } from 'rolldown';

/** A script names the client's source, for its types; what runs is the page's own copy of the package as built. */
const packageOfThePage: Plugin = {
  name: 'package-of-the-page',
  resolveId: (specifier) =>
    specifier.endsWith('/client/index.js') ? { id: '/dist/index.js', external: true } : undefined,
};

/** @returns the code of one module */
export async function bundleForPage(script: URL): Promise<string> {
  const build = await rolldown({
    input: fileURLToPath(script),
    platform: 'browser',
    plugins: [packageOfThePage],
    transform: { define: { 'process.env.NODE_ENV': '"production"' } },
    tsconfig: false,
  });
  const { output } = await build.generate({ format: 'esm', codeSplitting: false });
  await build.close();
  return output[0].code;
}
