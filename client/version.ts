declare const __PACKAGE_VERSION__: string | undefined;

/** The package's version, filled in by the build. Pages of different versions get different workers. */
export const VERSION = typeof __PACKAGE_VERSION__ === 'string' ? __PACKAGE_VERSION__ : 'source';
