/** The users of the local Cognito, to choose one from. */
import { byId, element } from './dom.js';
import { SEED_USERS, type DemoUser } from './seed.js';

/** Wires the choice, and fills in the first user. */
export function offerUsers(choose: (user: DemoUser) => void): void {
  const select = byId('demo-user', HTMLSelectElement);
  for (const { username, way } of SEED_USERS) {
    select.append(element('option', { value: username }, `${username}: ${way}`));
  }
  const chosen = () => SEED_USERS.find(({ username }) => username === select.value) ?? SEED_USERS[0];
  select.addEventListener('change', () => choose(chosen()));
  // A browser may bring back what was chosen before a reload.
  choose(chosen());
}
