/** What an honest page says to its worker and hears on its channel, for a script of the origin to replay. */

declare global {
  interface Window {
    overheard: { posted: unknown[]; heard: unknown[] };
  }
}

/** For `page.addInitScript`: it is sent to the page as text, so it uses nothing from outside. */
export function overhear(): void {
  const overheard: Window['overheard'] = { posted: [], heard: [] };
  window.overheard = overheard;
  const { postMessage } = MessagePort.prototype;
  MessagePort.prototype.postMessage = function (this: MessagePort, message: unknown) {
    // Enough to replay; the page works on for long.
    if (overheard.posted.length < 100) overheard.posted.push(message);
    postMessage.call(this, message);
  };
  const Channel = BroadcastChannel;
  window.BroadcastChannel = class extends Channel {
    constructor(name: string) {
      super(name);
      this.addEventListener('message', ({ data }) => {
        if (overheard.heard.length < 100) overheard.heard.push(data);
      });
    }
  };
}
