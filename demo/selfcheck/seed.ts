/** What the check's Cognitos start with, and where they are. */

export const ADA = { username: 'ada', password: 'Analytical-Engine-1843' } as const;
export const GRACE = { username: 'grace', password: 'Nanosecond-Wire-1906' } as const;

export const CHECK_USERS = [ADA, GRACE].map((user) => ({
  ...user,
  attributes: { email: `${user.username}@example.com`, email_verified: 'true' },
}));

/** Rotation without grace is the hardest setting for many tabs: a second use of a refresh token ends the session. */
export const CHECK_SETTINGS = { rotation: { enabled: true, graceSeconds: 0 } } as const;

/** On the page's own origin, so that a phone that reaches the page reaches them, too. */
export const COGNITO_PATH = '/selfcheck/cognito';
