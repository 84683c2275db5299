/** How each number came about: what a reader needs to doubt it well. */
export const NOTES: readonly string[] = [
  'Both sides sign in to the same local Cognito as the same user, run in the same browser and take turns, each going first as often as the other. The first rounds are left out.',
  'Warm call: batches of awaited calls, one after the other, with nothing to fetch. This package answers from the view that the page holds; once a second the lease runs out, and that call is in the batch.',
  "Lease run out: before each call the page's `Date.now()` and `performance.now()` are moved on by one lease and a millisecond. The worker, the port and the answer are the real ones, and the page counts its messages to prove that each call was asked. The raw round trip is a SharedWorker that posts back an answer of the same shape and size, started by the same page and timed in turn with the calls.",
  "Forced refreshes: refresh token rotation is on, with a grace period of 60 s, so that every one of Amplify's refreshes is accepted. The answers are held back until all tabs have asked. Chromium opens 6 connections to a host over HTTP/1.1, so each of Amplify's tabs asks under a host name of its own.",
  "New tab: counted in the page, from the start of its navigation. The scripts come from the browser's cache, as in a deployed app, and another tab is signed in.",
  '`signedOut`: the time at which the last of the other tabs has it, on the clock that all tabs share (time origin plus monotonic time).',
  "Sizes: each side's imports bundled by Rolldown, minified, gzip at its best level. The code that runs the session in a page without workers is loaded only there and isn't counted.",
];
