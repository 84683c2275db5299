/** The users of the local Cognito, to choose one from. */
import { byId, element } from './dom.js';
import { SEED_USERS, type DemoUser } from './seed.js';

/** Wires the choice, and fills in the first user. The function that it returns chooses another one, if it is known. */
export function offerUsers(choose: (user: DemoUser) => void): (username: string) => void {
  const select = byId('demo-user', HTMLSelectElement);
  for (const { username, way } of SEED_USERS) {
    select.append(element('option', { value: username }, `${username}: ${way}`));
  }
  const chosen = () => SEED_USERS.find(({ username }) => username === select.value) ?? SEED_USERS[0];
  select.addEventListener('change', () => choose(chosen()));
  // A browser may bring back what was chosen before a reload.
  choose(chosen());
  return (username) => {
    if (!SEED_USERS.some((user) => user.username === username)) return;
    select.value = username;
    choose(chosen());
  };
}
