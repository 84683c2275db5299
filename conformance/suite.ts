/**
 * What the parts of a platform must hold for the worker's core: the real ones in every engine, and the simulated ones
 * that stand for them in tests.
 */
import { CHANNEL_ENTRIES } from './channel.js';
import type { Entry } from './kit.js';
import { LOCK_ENTRIES } from './locks.js';
import { STORE_ENTRIES } from './store.js';

export const SUITE: readonly Entry[] = [...LOCK_ENTRIES, ...CHANNEL_ENTRIES, ...STORE_ENTRIES];
