/** Where no session can be kept, every call says so, and what to do. */
import { expect, INSECURE_HOST, test } from './fixtures.js';

test('on plain http the calls are refused and say what to do', async ({ page, site, cognito }) => {
  await page.goto(`http://${INSECURE_HOST}:${site.port}/`);
  expect(await page.evaluate(() => window.isSecureContext)).toBe(false);

  const outcome = await page.evaluate((config) => {
    window.start(config);
    return Promise.all([
      window.attempt('fetchAuthSession'),
      window.attempt('signIn', { username: 'ada', password: 'x' }),
    ]);
  }, cognito.config);

  for (const result of outcome) {
    expect(result).toMatchObject({
      ok: false,
      error: { name: 'UnsupportedEnvironmentException', isAuthError: true },
    });
    expect(result.ok ? '' : `${result.error.message} ${result.error.recoverySuggestion}`).toMatch(/https/i);
  }
  expect(cognito.counts()).toEqual({});
});

test('in a sandboxed frame the calls are refused and say what to do', async ({ page, site, cognito }) => {
  await page.goto(`${site.url}/blank.html`);
  await page.evaluate((source) => {
    const frame = document.createElement('iframe');
    frame.setAttribute('sandbox', 'allow-scripts');
    frame.name = 'sandboxed';
    frame.src = source;
    document.body.append(frame);
    return new Promise((resolve) => frame.addEventListener('load', resolve));
  }, `${site.url}/`);
  const frame = page.frame('sandboxed');
  expect(await frame?.evaluate(() => window.origin)).toBe('null');

  const outcome = await frame?.evaluate((config) => {
    window.start(config);
    return window.attempt('fetchAuthSession');
  }, cognito.config);

  expect(outcome).toMatchObject({
    ok: false,
    error: { name: 'UnsupportedEnvironmentException', isAuthError: true },
  });
  expect(outcome?.ok === false ? `${outcome.error.message} ${outcome.error.recoverySuggestion}` : '').toMatch(
    /sandbox|allow-same-origin/i,
  );
  expect(cognito.counts()).toEqual({});
});

test('on a server the package loads, configures and refuses its calls', async ({ cognito }) => {
  const built = new URL('../dist/index.js', import.meta.url).href;
  const csw = (await import(built)) as Window['csw'];

  expect(() => csw.configure(cognito.config)).not.toThrow();

  expect(csw.peekSession()).toBeUndefined();
  const error: unknown = await csw.fetchAuthSession().catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(csw.AuthError);
  expect(error).toMatchObject({ name: 'UnsupportedEnvironmentException' });
  expect(cognito.counts()).toEqual({});
});
