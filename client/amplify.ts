/** The entry `cognito-session-worker/amplify`: for apps that come from Amplify v6, or keep parts of it. */
export {
  amplifyProviders,
  type AmplifyCredentialsProvider,
  type AmplifyProviders,
  type AmplifyProvidersOptions,
  type AmplifyTokenProvider,
} from './amplify-providers.js';
export {
  migrateFromAmplify,
  type AmplifyMigration,
  type MigrateFromAmplifyOptions,
} from './migrate-from-amplify.js';
export { parseAmplifyConfig } from './parse-amplify-config.js';
