/** The pages of managed login: plain forms, which a person or a test fills in. */
import { createHash } from 'node:crypto';
import type { HttpAnswer } from './wire.js';

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const STYLE = `
:root { color-scheme: light dark }
body { max-width: 22rem; margin: 12vh auto; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif }
h1 { font-size: 1.5rem }
form, label { display: grid; gap: .9rem }
label { gap: .3rem; font-weight: 600 }
input, button { box-sizing: border-box; font: inherit; min-height: 2.75rem; padding: .5rem .75rem; border: 1px solid GrayText; border-radius: 9px }
button { font-weight: 600; cursor: pointer }
button:first-of-type { border-color: #a0430a; background: #a0430a; color: #fff }
[role=alert] { color: light-dark(#b3261e, #ff9d95); font-weight: 600 }
`;

/** The pages run no script, and have this style alone. */
const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');

const escaped = (text: string): string => text.replace(/[&<>"']/g, (letter) => ESCAPES[letter] ?? '');

/** Its form is posted to the page's own URL, which holds the request. */
export function signInPage(message = ''): HttpAnswer {
  return htmlAnswer(
    'Sign in',
    `${message && `<p role="alert">${escaped(message)}</p>`}
<form method="post">
  <label>Username <input name="username" autocomplete="username"></label>
  <label>Password <input name="password" type="password" autocomplete="current-password"></label>
  <button name="action" value="sign-in">Sign in</button>
  <button name="action" value="cancel">Cancel</button>
</form>`,
  );
}

/** Stands in for the sign-in page of an external provider. */
export function providerPage(provider: string, username: string): HttpAnswer {
  return htmlAnswer(
    `Sign in with ${provider}`,
    `<form method="post">
  <button name="action" value="federate">Continue as ${escaped(username)}</button>
  <button name="action" value="cancel">Cancel</button>
</form>`,
  );
}

/** For a request that can't be answered with a redirect, since nobody knows where to. */
export function refusalPage(reason: string): HttpAnswer {
  return { ...htmlAnswer('An error was encountered', `<p>${escaped(reason)}</p>`), status: 400 };
}

export function redirectAnswer(location: string, cookie?: string): HttpAnswer {
  return {
    status: 302,
    headers: { location, 'cache-control': 'no-store', ...(cookie !== undefined && { 'set-cookie': cookie }) },
    body: '',
  };
}

function htmlAnswer(title: string, body: string): HttpAnswer {
  return {
    status: 200,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; frame-ancestors 'none'`,
    },
    body: `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>${STYLE}</style>
<title>${escaped(title)}</title>
<h1>${escaped(title)}</h1>
${body}
</html>
`,
  };
}
