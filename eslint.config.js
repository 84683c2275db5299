import js from '@eslint/js';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** The only product files that may touch the platform. All else gets it through its arguments. */
const ADAPTERS = [
  'worker/platform*.ts',
  'worker/store-indexeddb.ts',
  'worker/*.worker.ts',
  'worker/in-page.ts',
  'client/platform.ts',
  'client/amplify-storage.ts',
  'client/page-locks.ts',
  'client/passkey.ts',
  'client/transports.ts',
  'client/index.ts',
];

const PLATFORM_GLOBALS = [
  ...[
    'setTimeout',
    'setInterval',
    'clearTimeout',
    'clearInterval',
    'queueMicrotask',
    'requestAnimationFrame',
  ],
  ...['fetch', 'Request', 'Headers', 'XMLHttpRequest', 'WebSocket', 'EventSource'],
  ...['indexedDB', 'localStorage', 'sessionStorage', 'caches', 'cookieStore'],
  ...['navigator', 'performance', 'crypto', 'location', 'history', 'console'],
  ...['BroadcastChannel', 'MessageChannel', 'SharedWorker', 'Worker', 'importScripts', 'postMessage'],
  ...['self', 'window', 'document', 'addEventListener', 'removeEventListener', 'process'],
];

const PRODUCT = ['worker/**/*.ts', 'client/**/*.ts'];
const PRODUCT_TESTS = ['**/*.test.ts', '**/*.type-test.ts', '**/testing/**'];
const TESTS = [...PRODUCT_TESTS, 'conformance/**/*.ts', 'e2e/**/*.ts'];

const clocksAndChance = {
  properties: [
    { object: 'Date', property: 'now' },
    { object: 'Math', property: 'random' },
  ],
  syntax: [
    {
      selector: 'NewExpression[callee.name="Date"][arguments.length=0]',
      message: 'Take the time from the clock given.',
    },
    { selector: 'MetaProperty', message: 'Only an adapter knows where its file is.' },
  ],
};

const importsOfWorkerFromClient = {
  selector: 'ImportExpression:not([source.value=/\\/(in-page|extras)\\.js$/])',
  message: 'Only worker/in-page.js and client/extras.js are imported lazily.',
};

const TIMER_AS_PROMISE = 'NewExpression[callee.name="Promise"] > ArrowFunctionExpression';
const SLEEPS = [
  `${TIMER_AS_PROMISE} > CallExpression[callee.name="setTimeout"]`,
  `${TIMER_AS_PROMISE} > BlockStatement > ExpressionStatement > CallExpression[callee.name="setTimeout"]`,
  'MemberExpression[property.name="waitForTimeout"]',
];

export default defineConfig(
  globalIgnores(['dist/', '.cache/', 'coverage/', 'test-results/', 'playwright-report/']),
  js.configs.recommended,
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      eqeqeq: 'error',
      // An `async` without `await` turns a throw into a rejection, which is what an interface of promises wants.
      '@typescript-eslint/require-await': 'off',
      // Our objects are closures over their state, not classes: their methods can be taken off them.
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    name: 'the platform comes in through the adapters',
    files: PRODUCT,
    ignores: [...ADAPTERS, ...PRODUCT_TESTS],
    rules: {
      'no-restricted-globals': ['error', { globals: PLATFORM_GLOBALS, checkGlobalObject: true }],
      'no-restricted-properties': ['error', ...clocksAndChance.properties],
      'no-restricted-syntax': ['error', ...clocksAndChance.syntax],
    },
  },
  {
    name: 'the page knows the contract and the errors of the worker, and what a token looks like',
    files: ['client/**/*.ts'],
    // The fake client has a worker's part of its own.
    ignores: [...PRODUCT_TESTS, 'client/fake-client.ts', 'client/testing.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '/worker/(?!(contract|errors|jwt)\\.js$)',
              message: 'Import contract.js, errors.js or jwt.js.',
            },
          ],
        },
      ],
      'no-restricted-syntax': ['error', importsOfWorkerFromClient],
    },
  },
  {
    files: ['client/**/*.ts'],
    ignores: [...ADAPTERS, ...PRODUCT_TESTS],
    rules: { 'no-restricted-syntax': ['error', importsOfWorkerFromClient, ...clocksAndChance.syntax] },
  },
  {
    name: 'the worker does not know the page',
    files: ['worker/**/*.ts'],
    ignores: PRODUCT_TESTS,
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ regex: '/(client|demo|e2e|bench|scripts)/', message: 'worker/ stands by itself.' }] },
      ],
    },
  },
  {
    name: 'the contract and the errors import nothing that runs',
    files: ['worker/contract.ts', 'worker/errors.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        { selector: 'ImportDeclaration[importKind!="type"]', message: 'Import types only.' },
        ...clocksAndChance.syntax,
      ],
    },
  },
  {
    name: 'tests wait for conditions, and all of them run',
    files: TESTS,
    rules: {
      'no-restricted-syntax': [
        'error',
        ...SLEEPS.map((selector) => ({ selector, message: 'Wait for a condition, not for a time.' })),
        {
          selector:
            'MemberExpression[object.name=/^(test|it|describe|suite)$/][property.name=/^(skip|only|fixme|todo)$/]',
          message: 'Every test runs.',
        },
      ],
      // Playwright reads a fixture's needs from its first parameter's pattern, also from an empty one.
      'no-empty-pattern': ['error', { allowObjectPatternsAsParameters: true }],
      // A test may look into parsed JSON; its assertions say what is there.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
    },
  },
  {
    name: 'the conformance suite runs in a simulation as well as in a browser',
    files: ['conformance/*.ts'],
    ignores: ['conformance/*.worker.ts', ...PRODUCT_TESTS],
    rules: {
      'no-restricted-globals': ['error', { globals: PLATFORM_GLOBALS, checkGlobalObject: true }],
      'no-restricted-properties': ['error', ...clocksAndChance.properties],
      'no-restricted-imports': [
        'error',
        { patterns: [{ regex: '^(vitest|@playwright/)', message: 'The suite needs no test runner.' }] },
      ],
    },
  },
  {
    files: ['**/*.js', '**/*.mjs', '**/*.cjs'],
    languageOptions: { globals: { process: 'readonly', document: 'readonly', window: 'readonly' } },
  },
);
