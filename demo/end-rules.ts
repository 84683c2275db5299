/** When the session ends by itself: chosen on the page, kept in this browser, and the same in every tab. */
import { byId } from './dom.js';
import type { SessionRules } from './page-session.js';

const IDLE_KEY = 'cognito-session-worker-demo:idle-seconds';
const HOUR_KEY = 'cognito-session-worker-demo:one-hour';
const HOUR_SECONDS = 3_600;
/** Longer than the session, its last access token counted, so that the warning is due at once. */
const AT_ONCE_SECONDS = 2 * HOUR_SECONDS;

/** What was chosen last, in any tab. */
export function readEndRules(): SessionRules {
  const timeoutSeconds = Number(localStorage.getItem(IDLE_KEY) ?? 0);
  const endsInAnHour = localStorage.getItem(HOUR_KEY) === 'true';
  return {
    policy: {
      ...(timeoutSeconds > 0 && { idle: { timeoutSeconds, warnSeconds: timeoutSeconds / 2 } }),
      ...(endsInAnHour && { warnBeforeEndSeconds: [AT_ONCE_SECONDS] }),
    },
    ...(endsInAnHour && { refreshTokenValiditySeconds: HOUR_SECONDS }),
  };
}

/** Wires the choices. `changed` is told in every tab. */
export function wireEndRules(changed: (rules: SessionRules) => void): void {
  const idle = byId('idle-after', HTMLSelectElement);
  const hour = byId('one-hour', HTMLInputElement);

  function show(): void {
    idle.value = localStorage.getItem(IDLE_KEY) ?? '0';
    hour.checked = localStorage.getItem(HOUR_KEY) === 'true';
  }

  function keep(key: string, value: string): void {
    localStorage.setItem(key, value);
    changed(readEndRules());
  }

  idle.addEventListener('change', () => keep(IDLE_KEY, idle.value));
  hour.addEventListener('change', () => keep(HOUR_KEY, String(hour.checked)));
  // Told to all tabs but the one that has changed it.
  window.addEventListener('storage', ({ key }) => {
    if (key !== IDLE_KEY && key !== HOUR_KEY) return;
    show();
    changed(readEndRules());
  });
  show();
}
