/** The switches of the local Cognito: faults, lives of tokens, rotation, latency. */
import { byId, element, onPress, setText } from './dom.js';
import { errorText } from './error-text.js';
import type { Fault } from './local-cognito/faults.js';
import type { Settings } from './local-cognito/settings.js';
import type { LocalServer, ServerState } from './local-server.js';
import { TOKEN_LIVES } from './seed.js';

type FaultKind = { label: string; words: string; fault: Fault };

const FAULT_KINDS: readonly FaultKind[] = [
  { label: 'Delay 3 s', words: 'answered 3 s late', fault: { kind: 'delay', delayMs: 3_000 } },
  { label: 'Drop', words: 'dropped before anything is done', fault: { kind: 'drop' } },
  { label: 'Lose the answer', words: 'done, but the answer gets lost', fault: { kind: 'lose-answer' } },
  {
    label: '500',
    words: 'answered with 500',
    fault: {
      kind: 'error',
      status: 500,
      type: 'InternalErrorException',
      message: 'Asked for on the demo page.',
    },
  },
  {
    label: '429',
    words: 'answered with 429',
    fault: {
      kind: 'error',
      status: 429,
      type: 'TooManyRequestsException',
      message: 'Asked for on the demo page.',
    },
  },
  { label: 'Garbage', words: 'answered with an HTML page', fault: { kind: 'garbage' } },
];

/** Wires the card; the function that it returns sets the switches to what the server says. */
export function createFaultsCard(server: LocalServer): (state: ServerState) => void {
  const operation = byId('fault-operation', HTMLSelectElement);
  const times = byId('fault-times', HTMLSelectElement);
  const rotation = byId('rotation', HTMLInputElement);
  const grace = byId('grace', HTMLSelectElement);
  const latency = byId('latency', HTMLSelectElement);
  const outcome = byId('faults-outcome');
  byId('faults-form').addEventListener('submit', (event) => event.preventDefault());

  async function attempt(work: Promise<void>, done: string): Promise<void> {
    try {
      await work;
      setText(outcome, done);
    } catch (error) {
      setText(outcome, errorText(error));
    }
  }

  for (const { label, words, fault } of FAULT_KINDS) {
    const button = element('button', { type: 'button' }, label);
    onPress(button, () => {
      const which = operation.value ? { operation: operation.value } : {};
      const what = `${operation.selectedOptions[0]?.text ?? ''}, ${times.selectedOptions[0]?.text.toLowerCase() ?? ''}`;
      return attempt(
        server.addFault({ ...fault, ...which, times: Number(times.value) }),
        `${what}: ${words}.`,
      );
    });
    byId('fault-kinds').append(button);
  }
  onPress(byId('faults-clear', HTMLButtonElement), async () => {
    await attempt(server.clearFaults(), 'No faults are waiting.');
    operation.focus();
  });

  const lives = TOKEN_LIVES.map(({ seconds, label }) => {
    const input = element('input', { type: 'radio', name: 'token-life', value: String(seconds) });
    input.addEventListener('change', () => {
      change(
        { accessTokenSeconds: seconds, idTokenSeconds: seconds },
        `New tokens live ${label}, from the next refresh.`,
      );
    });
    byId('token-life').append(element('label', {}, input, element('span', {}, label)));
    return { input, seconds };
  });

  function change(settings: Partial<Settings>, done: string): void {
    void attempt(server.change(settings), done);
  }
  function changeRotation(): void {
    const graceSeconds = Number(grace.value);
    change(
      { rotation: { enabled: rotation.checked, graceSeconds } },
      rotation.checked ? `Rotation is on, with ${graceSeconds} s of grace.` : 'Rotation is off.',
    );
  }
  rotation.addEventListener('change', changeRotation);
  grace.addEventListener('change', changeRotation);
  latency.addEventListener('change', () => {
    change(
      { latencyMs: Number(latency.value) },
      `Answers take ${latency.selectedOptions[0]?.text ?? ''} longer.`,
    );
  });
  onPress(byId('server-reset', HTMLButtonElement), () =>
    attempt(server.reset(), 'The server is as new. It knows no session.'),
  );

  return ({ settings, faults }) => {
    for (const { input, seconds } of lives) input.checked = seconds === settings.accessTokenSeconds;
    rotation.checked = settings.rotation.enabled;
    grace.value = String(settings.rotation.graceSeconds);
    grace.disabled = !settings.rotation.enabled;
    latency.value = String(settings.latencyMs);
    byId('faults-waiting').hidden = faults.length === 0;
    setText(byId('faults-list'), faults.map(faultText).join('; '));
  };
}

function faultText(fault: Fault): string {
  const kind = FAULT_KINDS.find(
    (known) =>
      known.fault.kind === fault.kind &&
      (fault.kind !== 'error' || (known.fault.kind === 'error' && known.fault.status === fault.status)),
  );
  return `${fault.operation ?? 'any request'} ${kind?.words ?? fault.kind}`;
}
