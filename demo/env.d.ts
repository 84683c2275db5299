/** The variables that point the demo at a Cognito on AWS. */
interface ImportMetaEnv {
  readonly VITE_USER_POOL_ID?: string;
  readonly VITE_USER_POOL_CLIENT_ID?: string;
  readonly VITE_IDENTITY_POOL_ID?: string;
  /** The host of the user pool's domain, where managed login is to be tried. */
  readonly VITE_OAUTH_DOMAIN?: string;
  /** `true` where the identity pool allows guests. */
  readonly VITE_ALLOW_GUEST_ACCESS?: string;
}
