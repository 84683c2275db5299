/** The page of the self-check: one button, and what came of it. */
import { byId, onPress, setText } from '../../dom.js';
import { errorText } from '../../error-text.js';
import { choosePlaces, type Places } from '../runner/places.js';
import { openPost } from '../runner/post.js';
import { createRunner, type Result, type Runner } from '../runner/run-scenario.js';
import { SCENARIOS } from '../scenarios/all.js';
import { browserName } from './browser-name.js';
import { createPromiseList } from './promise-list.js';
import { countOf, reportText, seconds, tally, type Outcome } from './report.js';
import './window.js';

declare const __PACKAGE_VERSION__: string;

const CLIENTS: Record<Places['tabLimit'], string> = {
  any: 'real tabs',
  one: 'one real tab and frames: this browser blocks more than one tab for each click',
  none: 'frames of this page',
};
const BLOCKED = 'frames of this page: this browser blocked the tabs';
const INSECURE =
  'The package needs https or localhost, and so does this check: open this page over https, or forward a port of localhost.';

const list = createPromiseList(byId('list'), SCENARIOS);
const browser = browserName();
const tabsSwitch = byId('tabs', HTMLInputElement);
const runButton = byId('run', HTMLButtonElement);
const report = byId('report', HTMLTextAreaElement);

void browser.then((name) => setText(byId('fact-browser'), name));
setText(byId('count'), String(SCENARIOS.length));
if (isSecureContext) start();
else setText(byId('fatal'), INSECURE);

function start(): void {
  const post = openPost(crypto.randomUUID());
  // A tab in front of this page puts it to sleep on a phone.
  tabsSwitch.checked = !matchMedia('(pointer: coarse)').matches;
  tabsSwitch.disabled = false;
  runButton.disabled = false;

  let running: Places | undefined;
  // Whoever leaves in the middle of a run is not left with its tabs.
  addEventListener('pagehide', () => {
    post.dismissAll();
    running?.close();
  });

  const choose = (wantsTabs: boolean): Places =>
    choosePlaces(wantsTabs, byId('frames'), new URL('/selfcheck/away.html', location.origin).href);

  onPress(runButton, async () => {
    setText(runButton, 'Running …');
    tabsSwitch.disabled = true;
    clear();
    // In the click that lets tabs open.
    const wantsTabs = tabsSwitch.checked;
    const places = choose(wantsTabs);
    running = places;
    const clients = wantsTabs && places.tabLimit === 'none' ? BLOCKED : CLIENTS[places.tabLimit];
    setText(byId('clients-note'), `Clients: ${clients}.`);
    try {
      showOutcome(await runAll(createRunner(post, places), clients));
    } catch (error) {
      setText(byId('fatal'), errorText(error));
    } finally {
      places.close();
      running = undefined;
      setText(runButton, 'Run again');
      tabsSwitch.disabled = false;
    }
  });
  onPress(byId('copy', HTMLButtonElement), copyReport);

  let driven: { places: Places; runner: Runner } | undefined;
  window.selfCheck = {
    browser,
    async run(title) {
      const scenario = SCENARIOS.find((candidate) => candidate.title === title);
      if (!scenario) throw new Error(`There is no scenario "${title}"`);
      if (!driven) {
        const places = choose(true);
        driven = { places, runner: createRunner(post, places) };
      }
      list.running(title);
      const result = await driven.runner.run(scenario);
      list.done(result);
      return { ...result, tabLimit: driven.places.tabLimit };
    },
  };
}

async function runAll(runner: Runner, clients: string): Promise<Outcome> {
  const startedAtMs = performance.now();
  const startedAt = new Date().toISOString();
  const results: Result[] = [];
  speak(`The check has begun: ${SCENARIOS.length} scenarios.`);
  const transport = await askTransport(runner);
  for (const scenario of SCENARIOS) {
    showProgress(results.length, `${results.length + 1} of ${SCENARIOS.length}: ${scenario.title}`);
    list.running(scenario.title);
    const result = await runner.run(scenario);
    results.push(result);
    list.done(result);
    if (result.state === 'broken') speak(`Broken: ${result.title}.`);
  }
  return {
    results,
    startedAt,
    version: __PACKAGE_VERSION__,
    browser: await browser,
    userAgent: navigator.userAgent,
    transport,
    clients,
    tookMs: performance.now() - startedAtMs,
  };
}

/** By what the clients of this browser reach the session, as the package itself says. */
async function askTransport(runner: Runner): Promise<string> {
  let text = '';
  await runner.use(async (kit) => {
    const { transport, transportReason } = await (await kit.open()).inspect();
    text = transportReason === undefined ? transport : `${transport} (${transportReason})`;
  });
  setText(byId('fact-transport'), text);
  return text;
}

function clear(): void {
  for (const id of ['fatal', 'copy-note', 'spoken']) setText(byId(id), '');
  byId('verdict').hidden = true;
  byId('report-card').hidden = true;
  byId('tally').hidden = false;
  showProgress(0, 'Looking how this browser reaches the session …');
  list.clear();
}

function showProgress(done: number, text: string): void {
  const progress = byId('progress', HTMLProgressElement);
  progress.max = SCENARIOS.length;
  progress.value = done;
  setText(byId('tally-text'), text);
}

function showOutcome(outcome: Outcome): void {
  const { results, tookMs } = outcome;
  const isKept = countOf('broken', results) === 0;
  const verdict = byId('verdict');
  verdict.hidden = false;
  verdict.className = isKept ? 'verdict is-good' : 'verdict is-bad';
  const headline = isKept ? 'Every promise that was tried is kept.' : 'Not every promise is kept here.';
  const summary = `${tally(results)}, in ${seconds(tookMs)}.`;
  setText(byId('verdict-headline'), headline);
  setText(byId('verdict-tally'), summary);
  byId('tally').hidden = true;
  report.value = reportText(outcome);
  byId('report-card').hidden = false;
  speak(`${headline} ${summary}`);
}

async function copyReport(): Promise<void> {
  try {
    await navigator.clipboard.writeText(report.value);
    setText(byId('copy-note'), 'Copied.');
  } catch {
    report.select();
    setText(
      byId('copy-note'),
      'This browser does not let the page copy: the text is selected, copy it yourself.',
    );
  }
}

function speak(text: string): void {
  setText(byId('spoken'), text);
}
