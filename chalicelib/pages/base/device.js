// The token that identifies this browser when it signs in again. Its wrong passwords are then counted separately, and
// its route has its own throttle, so other people's attempts do not lock its owner out.
import { ask, get } from "./api.js";
import { remember, remembered } from "./storage.js";

const NAME = "device";

/** Signs in. A new browser can use the token in the link that `python -m ops device` prints. */
export async function signIn(password) {
  for (const device of [remembered(NAME), linked()].filter(Boolean)) {
    try {
      await ask("api/login/device", { method: "POST", body: { password, device } });
      return;
    } catch (error) {
      if (error.error === "unknown_device") remember(NAME, null);
      else if (error.status !== 429) throw error; // too many attempts with this token: try the next way
    }
  }
  await ask("api/login", { method: "POST", body: { password } });
}

/** Gets a token for the next sign-in unless there is one. again: replaces it, because a new password revokes it. */
export async function becomeKnown({ again = false } = {}) {
  if (remembered(NAME) && !again) return;
  remember(NAME, null);
  const { device } = await get("api/device").catch(() => ({}));
  if (device) remember(NAME, device);
}

const linked = () => location.hash.match(/^#device=([0-9A-Za-z.]+)$/)?.[1];
