/** What apps of the simulated device ask for at the end of their sessions. */
import type { DeviceOptions } from './device.js';

const refreshTokenValiditySeconds = 2 * 3_600;

export const ENDINGS: readonly NonNullable<DeviceOptions['ending']>[] = [
  { policy: { idle: { timeoutSeconds: 60 } } },
  { policy: { idle: { timeoutSeconds: 60 } } },
  { policy: { idle: { timeoutSeconds: 100, warnSeconds: 90 } } },
  { policy: { idle: { timeoutSeconds: 300 } } },
  { policy: { idle: { timeoutSeconds: 200, warnSeconds: 0 } } },
  { refreshTokenValiditySeconds },
  {
    refreshTokenValiditySeconds,
    policy: { idle: { timeoutSeconds: 240 }, warnBeforeEndSeconds: [9_000, 1_800, 60] },
  },
  {
    refreshTokenValiditySeconds,
    policy: { minRemaining: { atFirstLoadSeconds: 1_800, onReturnSeconds: 3_600 } },
  },
];
