/** Which browser this is, for people and for bug reports. */

export interface Brand {
  brand: string;
  version: string;
}

/** User-Agent Client Hints, where the browser has them. */
interface UserAgentData {
  platform: string;
  getHighEntropyValues(hints: string[]): Promise<{ fullVersionList?: Brand[] }>;
}

/** Each is named by all that come after it. */
const PATTERNS: [pattern: RegExp, name: string][] = [
  [/EdgA?\/([\d.]+)/, 'Edge'],
  [/SamsungBrowser\/([\d.]+)/, 'Samsung Internet'],
  [/OPR\/([\d.]+)/, 'Opera'],
  [/(?:Firefox|FxiOS)\/([\d.]+)/, 'Firefox'],
  [/CriOS\/([\d.]+)/, 'Chrome on iOS'],
  [/Chrome\/([\d.]+)/, 'Chrome'],
  [/Version\/([\d.]+).*Safari\//, 'Safari'],
];

/** For example `Firefox 153.0 on Linux`. */
export async function browserName(): Promise<string> {
  const data = (navigator as Navigator & { userAgentData?: UserAgentData }).userAgentData;
  const hints = await data?.getHighEntropyValues(['fullVersionList']).catch(() => undefined);
  return nameOf(navigator.userAgent, data?.platform, hints?.fullVersionList);
}

export function nameOf(userAgent: string, platform?: string, brands: readonly Brand[] = []): string {
  // The list has a made-up name in it, and the engine's beside the browser's.
  const real = brands.filter(({ brand }) => !/not.a.brand/i.test(brand));
  const brand = real.find(({ brand: name }) => name !== 'Chromium') ?? real[0];
  const system = platform || platformOf(userAgent);
  if (brand) return `${brand.brand} ${brand.version} on ${system}`;
  for (const [pattern, name] of PATTERNS) {
    const version = pattern.exec(userAgent)?.[1];
    if (version === undefined) continue;
    // On Linux, WebKit's other browsers say what Safari says.
    const isWebKit = name === 'Safari' && system === 'Linux';
    return `${isWebKit ? 'WebKit' : name} ${version} on ${system}`;
  }
  return userAgent;
}

function platformOf(userAgent: string): string {
  if (/Android/.test(userAgent)) return 'Android';
  if (/iPhone|iPad/.test(userAgent)) return 'iOS';
  if (/Mac OS X/.test(userAgent)) return 'macOS';
  if (/Windows/.test(userAgent)) return 'Windows';
  return 'Linux';
}
