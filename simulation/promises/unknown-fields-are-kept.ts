/** Two versions of the app share the record: an older one keeps what it does not know, and never lowers the version. */
import { futureFieldsOf } from '../version-two.js';
import type { KeptPromise } from './promise.js';

export const unknownFieldsAreKept: KeptPromise = (_facts, violate) => ({
  onCommitted(realm, before, after) {
    if (!before) return;
    if (after.v < before.v) violate(`${realm.name} made version ${after.v} of version ${before.v}.`);
    const [known, kept] = [futureFieldsOf(before), futureFieldsOf(after)];
    if (known.record !== undefined && kept.record === undefined) {
      violate(`${realm.name} dropped a field of the record that it does not know.`);
    }
    const isSameSession = before.session && after.session && before.fence === after.fence;
    if (isSameSession && known.session !== undefined && kept.session === undefined) {
      violate(`${realm.name} dropped a field of the session that it does not know.`);
    }
  },
});
