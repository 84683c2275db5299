import { expect, it } from 'vitest';
import { nameOf } from './browser-name.js';

const CHROME =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36';

it.each([
  ['Firefox 153.0 on Linux', 'Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0'],
  ['Chrome 156.0.0.0 on Linux', CHROME],
  [
    'Edge 156.0.1.2 on Windows',
    `${CHROME.replace('X11; Linux x86_64', 'Windows NT 10.0; Win64; x64')} Edg/156.0.1.2`,
  ],
  [
    'Samsung Internet 29.0 on Android',
    'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/29.0 Chrome/136.0.0.0 Mobile Safari/537.36',
  ],
  [
    'Safari 26.1 on iOS',
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Mobile/15E148 Safari/604.1',
  ],
  [
    'Safari 26.1 on macOS',
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Safari/605.1.15',
  ],
  [
    'WebKit 26.0 on Linux',
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15',
  ],
])('finds %s', (name, userAgent) => {
  expect(nameOf(userAgent)).toBe(name);
});

it('takes the full version from the hints, and passes over the made-up brand and the engine', () => {
  const brands = [
    { brand: 'Not)A;Brand', version: '8.0.0.0' },
    { brand: 'Chromium', version: '156.0.8078.79' },
    { brand: 'Microsoft Edge', version: '156.0.1.2' },
  ];
  expect(nameOf(CHROME, 'Windows', brands)).toBe('Microsoft Edge 156.0.1.2 on Windows');
  expect(nameOf(CHROME, 'Linux', brands.slice(0, 2))).toBe('Chromium 156.0.8078.79 on Linux');
  expect(nameOf(CHROME, '', brands.slice(0, 1))).toBe('Chrome 156.0.0.0 on Linux');
});

it('gives what it cannot name as it is', () => {
  expect(nameOf('Lynx/2.9')).toBe('Lynx/2.9');
});
