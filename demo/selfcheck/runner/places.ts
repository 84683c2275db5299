/** Where clients live: in tabs where the browser lets a page open them, else in frames of the runner's page. */

export interface Place {
  kind: 'tab' | 'frame';
  /** The client may close its window itself. Nobody else can: it was opened without a handle. */
  hasWindow: boolean;
  /** Ends what is there, if that can be done from here. */
  end(): void;
}

/** How many tabs this browser lets the page open: any number, the one of a click, or none. */
export type TabLimit = 'any' | 'one' | 'none';

export interface Places {
  open(url: string): Place;
  readonly tabLimit: TabLimit;
  /** The run is over. */
  close(): void;
}

/**
 * Must run in a click, where a browser asks for one.
 * @param blankUrl a page of this origin, for the tab that waits for its first client
 */
export function choosePlaces(wantsTabs: boolean, frames: HTMLElement, blankUrl: string): Places {
  const inFrame = (url: string): Place => {
    const frame = document.createElement('iframe');
    frame.title = 'A client of the check';
    frame.tabIndex = -1;
    frame.src = url;
    frames.append(frame);
    return { kind: 'frame', hasWindow: false, end: () => frame.remove() };
  };
  const onlyFrames: Places = { open: inFrame, tabLimit: 'none', close: () => frames.replaceChildren() };
  if (!wantsTabs) return onlyFrames;

  const first = window.open(blankUrl, '_blank');
  const second = window.open(blankUrl, '_blank');
  second?.close();
  if (first && second) {
    first.close();
    return {
      // Without a handle a tab stands for itself, as one that a person opens: in a process and with a history of its own.
      open(url) {
        window.open(url, '_blank', 'noopener');
        return { kind: 'tab', hasWindow: true, end: () => undefined };
      },
      tabLimit: 'any',
      close: () => undefined,
    };
  }
  return first ? oneTab(first, inFrame, blankUrl) : onlyFrames;
}

/** The click's tab is used again and again: leaving a page for good ends it as closing its tab does. */
function oneTab(tab: Window, inFrame: (url: string) => Place, blankUrl: string): Places {
  let isTaken = false;
  return {
    open(url) {
      if (isTaken || tab.closed) return inFrame(url);
      isTaken = true;
      tab.location.replace(url);
      return {
        kind: 'tab',
        hasWindow: false,
        end() {
          if (!isTaken) return;
          isTaken = false;
          tab.location.replace(blankUrl);
        },
      };
    },
    tabLimit: 'one',
    close: () => tab.close(),
  };
}
