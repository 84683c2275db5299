/** The unit tests by which mutants are judged: `npm run test:mutation`. Browsers and schedules would take hours. */
import { mergeConfig } from 'vitest/config';
import config from './vitest.config.js';

const merged = mergeConfig(config, { test: { reporters: ['dot'] } });
merged.test.include = ['{worker,client}/**/*.test.ts'];

export default merged;
