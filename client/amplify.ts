/** The entry `cognito-session-worker/amplify`: for apps that come from Amplify v6, or keep parts of it. */
export {
  migrateFromAmplify,
  type AmplifyMigration,
  type MigrateFromAmplifyOptions,
} from './migrate-from-amplify.js';
