/** aws-amplify, behind the harness. */
import { Amplify } from 'aws-amplify';
import { fetchAuthSession, signIn, signOut } from 'aws-amplify/auth';
import { Hub } from 'aws-amplify/utils';
import { install } from './harness.js';

install({
  configure({ userPoolId, userPoolClientId, identityPoolId, endpoints }) {
    Amplify.configure({
      Auth: {
        Cognito: {
          userPoolId,
          userPoolClientId,
          identityPoolId,
          userPoolEndpoint: endpoints.userPool,
          identityPoolEndpoint: endpoints.identityPool,
        },
      },
    });
  },
  fetchSession: fetchAuthSession,
  signIn: (username, password) =>
    signIn({ username, password, options: { authFlowType: 'USER_PASSWORD_AUTH' } }),
  signOut,
  onEvent: (listener) =>
    Hub.listen(
      'auth',
      ({ payload }) => {
        listener(payload.event);
      },
      { enableCrossTabEvents: true },
    ),
  // Each tab asks Cognito itself, and the local Cognito says what has arrived.
  received: () => Promise.resolve(),
});
