/** The pages of managed login: plain forms, which a person or a test fills in. */
import type { HttpAnswer } from './wire.js';

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

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
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    },
    body: `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${escaped(title)}</title>
<h1>${escaped(title)}</h1>
${body}
</html>
`,
  };
}
