// Whether this browser should have a session, and whether one ended while a page was open. Scripts cannot read the
// cookie itself.
import { makeFlag } from "./flag.js";
import { remember, remembered } from "./storage.js";

let worked = false; // since this page was loaded
const ended = makeFlag();

export const seemsSignedIn = () => remembered("signed-in") === "1";

export function sessionWorks() {
  worked = true;
  remember("signed-in", "1");
  ended.set(false);
}

/** Notes that the session has ended: it expired, or was ended elsewhere. */
export function sessionEnded() {
  if (worked || seemsSignedIn()) ended.set(true);
  remember("signed-in", null);
}

/** Notes that the person signed out. */
export function forgetSession() {
  remember("signed-in", null);
  ended.set(false);
}

/** Whether the session ended while this page was open. */
export const useSessionEnded = ended.use;
