// Whether this browser should have a session, and whether one ended while a page was open. Scripts cannot read the
// cookie itself.
import { useEffect, useState } from "./html.js";
import { remember, remembered } from "./storage.js";

let worked = false; // under this page
let ended = false;
const listeners = new Set();

export const seemsSignedIn = () => remembered("signed-in") === "1";

export function sessionWorks() {
  worked = true;
  remember("signed-in", "1");
  tell(false);
}

/** A session that worked is over: it expired, or was ended elsewhere. */
export function sessionEnded() {
  if (worked || seemsSignedIn()) tell(true);
  remember("signed-in", null);
}

/** The person signed out. */
export function forgetSession() {
  remember("signed-in", null);
  tell(false);
}

/** Whether the session ended under this page. */
export function useSessionEnded() {
  const [shown, setShown] = useState(ended);
  useEffect(() => {
    listeners.add(setShown);
    setShown(ended);
    return () => listeners.delete(setShown);
  }, []);
  return shown;
}

function tell(now) {
  ended = now;
  for (const listener of listeners) listener(now);
}
