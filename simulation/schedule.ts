/** Schedules as fast-check makes and shrinks them, and how one is run. */
import fc from 'fast-check';
import { conclude } from './conclusion.js';
import { isPossible, perform, type Deed } from './deeds.js';
import { Device } from './device.js';
import type { Diary } from './page.js';
import { DEEDS, SETUPS, type Mood, type Setup } from './what-may-happen.js';

/** The schedules that every run makes. Others are a matter of `npm run soak:schedules`. */
export const USUAL: { readonly seed: number; readonly schedules: Readonly<Record<Mood, number>> } = {
  seed: 1,
  // Ends in sight are watched every two seconds, which makes long schedules of them.
  schedules: { calm: 5_000, silent: 5_000, rough: 5_000, wild: 5_000, ending: 400, 'ending-wild': 400 },
};

const MOST_DEEDS = 30;

class DeedCommand implements fc.AsyncCommand<Device, Device> {
  constructor(readonly deed: Deed) {}

  check(device: Readonly<Device>): boolean {
    return isPossible(this.deed, device as Device);
  }

  async run(_model: Device, device: Device): Promise<void> {
    await perform(this.deed, device);
    demandKept(device);
  }

  toString(): string {
    return JSON.stringify(this.deed);
  }
}

/** The property: whatever the schedule, every promise is kept. */
export function everyPromiseIsKept(mood: Mood): fc.IAsyncPropertyWithHooks<[Setup, Iterable<DeedCommand>]> {
  const deeds = DEEDS[mood].map((arbitrary) => arbitrary.map((deed) => new DeedCommand(deed)));
  return fc.asyncProperty(
    SETUPS[mood],
    fc.commands<Device, Device>(deeds, { maxCommands: MOST_DEEDS, size: 'max' }) as fc.Arbitrary<
      Iterable<DeedCommand>
    >,
    async (given, commands) => {
      const device = await prepare(given);
      await fc.asyncModelRun(() => ({ model: device, real: device }), commands);
      await conclude(device);
      demandKept(device);
    },
  );
}

/**
 * A schedule that was found once, to be run for ever.
 * @param tell Hears what happens, step by step.
 * @returns What the pages that are left had gone through when the last deed was done.
 */
export async function replay(
  given: Setup,
  deeds: readonly Deed[],
  tell: (what: string) => void = () => undefined,
): Promise<Diary[]> {
  const device = await prepare(given, tell);
  for (const deed of deeds) {
    tell(`-- ${JSON.stringify(deed)}`);
    if (isPossible(deed, device)) await perform(deed, device);
    demandKept(device);
  }
  const diaries = device.pages.map(({ diary }) => diary);
  tell('-- conclusion');
  await conclude(device);
  demandKept(device);
  return diaries;
}

async function prepare(
  { options, pages, isSignedIn }: Setup,
  tell?: (what: string) => void,
): Promise<Device> {
  // Between schedules whoever runs them may tell how far they have come.
  await new Promise((resolve) => setImmediate(resolve));
  const device = new Device(options);
  if (tell) device.tellTo(tell);
  for (const { environment: kind, version: which } of pages) device.openPage(kind, which);
  await device.scheduler.run(1_000, device.random);
  if (isSignedIn) {
    device.pages[0]?.signIn('ada');
    await device.scheduler.run(1_000, device.random);
  }
  demandKept(device);
  return device;
}

function demandKept({ broken }: Device): void {
  if (broken.length > 0) throw new Error(`Broken: ${broken.join('\n')}`);
}
