/** The app that each bundler builds: what a user of the package would write, held up to the test. */
import { configure, fetchAuthSession, inspectSession, signIn } from 'cognito-session-worker';

window.packagedApp = {
  async open(config) {
    configure(config);
    return inspectSession();
  },
  async signIn(input) {
    const { isSignedIn } = await signIn(input);
    return isSignedIn;
  },
  async accessToken(options) {
    const { tokens } = await fetchAuthSession(options);
    return tokens?.accessToken.toString();
  },
};
