/** Makes a passkey for the demo's user who may sign in with one, since the local Cognito has no page for it. */
import { byId, element, onPress, setText } from './dom.js';
import { errorText } from './error-text.js';

/** A public key as the local Cognito registers it. */
export interface NewPasskey {
  credentialId: string;
  publicKey: JsonWebKey;
}

/** A passkey is for a domain, and an address is none. */
const RELYING_PARTY = 'localhost';
const ES256 = -7;

/** Wires the panel beside the choice of first factors. @returns a function that shows or hides it */
export function createPasskeyMaker(
  username: string,
  register: (username: string, passkey: NewPasskey) => Promise<void>,
): (visible: boolean) => void {
  const panel = byId('passkey-maker');
  const outcome = byId('passkey-outcome');
  const make = byId('make-passkey', HTMLButtonElement);
  const isPossible = location.hostname === RELYING_PARTY;
  make.hidden = !isPossible;
  if (!isPossible) {
    const { href } = Object.assign(new URL(location.href), { hostname: RELYING_PARTY });
    byId('passkey-words').append(
      ' Passkeys need a domain: ',
      element('a', { href }, 'open this page there'),
      '.',
    );
  }
  onPress(make, async () => {
    try {
      await register(username, await createPasskey(username));
      setText(outcome, 'It is made. Choose it above.');
    } catch (error) {
      setText(outcome, errorText(error));
    }
  });
  return (visible) => {
    panel.hidden = !visible;
    if (!visible) setText(outcome, '');
  };
}

/** Rejects as `navigator.credentials.create()` does, when the user gives none. */
async function createPasskey(username: string): Promise<NewPasskey> {
  const credential = (await navigator.credentials.create({
    publicKey: {
      rp: { id: RELYING_PARTY, name: 'One session' },
      user: { id: new TextEncoder().encode(username), name: username, displayName: username },
      challenge: crypto.getRandomValues(new Uint8Array(32)),
      pubKeyCredParams: [{ type: 'public-key', alg: ES256 }],
      authenticatorSelection: { residentKey: 'preferred', userVerification: 'preferred' },
    },
  })) as PublicKeyCredential;
  const spki = (credential.response as AuthenticatorAttestationResponse).getPublicKey();
  if (!spki) throw new Error('This device made a key of another kind than ES256.');
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
  const key = await crypto.subtle.importKey('spki', spki, algorithm, true, ['verify']);
  return { credentialId: credential.id, publicKey: await crypto.subtle.exportKey('jwk', key) };
}
