/** What a driver of browsers finds on the page, to run one scenario after the other. */
import type { Result } from '../runner/run-scenario.js';

export interface SelfCheck {
  /** What the page shows at its top, once it is known. */
  readonly browser: Promise<string>;
  /** Runs one scenario, with real tabs where the browser lets them open. Rejects for a title that is not there. */
  run(title: string): Promise<Result & { tabLimit: string }>;
}

declare global {
  interface Window {
    selfCheck: SelfCheck;
  }
}
