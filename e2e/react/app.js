/** What an app with React would write: two components that show the session, and buttons that change it. */
import { configure, fetchAuthSession, signIn, signOut } from 'cognito-session-worker';
import { useAuthSession } from 'cognito-session-worker/react';
import { createElement as element, StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

function Greeting() {
  const { session, loading, isAuthenticated, error } = useAuthSession();
  if (loading) return element('p', { role: 'status' }, 'Loading');
  const name = session?.tokens?.idToken?.payload['cognito:username'];
  const text = isAuthenticated ? `Hello ${name}` : 'Signed out';
  return element('p', { role: 'status' }, error ? `${text}: ${error.name}` : text);
}

function TokenId() {
  const { session } = useAuthSession();
  return element('output', null, session?.tokens?.accessToken.payload.jti ?? 'none');
}

function App({ user }) {
  const button = (label, onClick) => element('button', { onClick }, label);
  return element(
    'main',
    null,
    element(Greeting),
    element(TokenId),
    button('Sign in', () => signIn(user)),
    // What it rejects with, the hook shows.
    button('Refresh', () => fetchAuthSession({ forceRefresh: true }).catch(() => undefined)),
    button('Sign out', () => signOut()),
  );
}

window.startReactApp = (config, user) => {
  configure(config);
  const root = createRoot(document.querySelector('#root'));
  root.render(element(StrictMode, null, element(App, { user })));
};
