/** The package's worker, which ends itself on a word, as one does that crashed. */
import '../../worker/session.worker.js';

const name = new URL(location.href).searchParams.get('ends-on') ?? '';
new BroadcastChannel(name).onmessage = () => close();
