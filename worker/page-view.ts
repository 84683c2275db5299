import type { PageView, SessionView, ShownSession } from './contract.js';

/** Brings a view into the form in which the page has least to do. */
export function pageView(view: SessionView): PageView {
  const { decoded, refreshTokenExpiresAt, credentials, identityId, ...others } = view;
  const { tokens } = view;
  const session: ShownSession = {
    ...(decoded && {
      tokens: { ...decoded, ...(tokens?.refreshToken && { refreshToken: tokens.refreshToken }) },
      userSub: decoded.accessToken.payload.sub,
    }),
    ...(refreshTokenExpiresAt && { refreshTokenExpiresAt }),
    ...(credentials && { credentials }),
    ...(identityId !== undefined && { identityId }),
  };
  return { ...others, session };
}
