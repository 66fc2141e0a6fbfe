// Whether this browser should have a session, and whether one ended while a page was open. Scripts cannot read the
// cookie itself.
import { makeFlag } from "./flag.js";
import { remember, remembered } from "./storage.js";

let worked = false; // under this page
const ended = makeFlag();

export const seemsSignedIn = () => remembered("signed-in") === "1";

export function sessionWorks() {
  worked = true;
  remember("signed-in", "1");
  ended.set(false);
}

/** A session that worked is over: it expired, or was ended elsewhere. */
export function sessionEnded() {
  if (worked || seemsSignedIn()) ended.set(true);
  remember("signed-in", null);
}

/** The person signed out. */
export function forgetSession() {
  remember("signed-in", null);
  ended.set(false);
}

/** Whether the session ended under this page. */
export const useSessionEnded = ended.use;
