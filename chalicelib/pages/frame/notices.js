// Notices: old data, an expired session, and empty pages.
import { html } from "../base/html.js";
import { href } from "../base/address.js";
import { useMissing } from "../base/later.js";
import { useSessionEnded } from "../base/session.js";
import { explained } from "../text/errors.js";
import { clock, day } from "../text/format.js";
import { t } from "../text/strings.js";

/** Tells that the data is old and why, or shows `otherwise`. Also tells if a part of the page could not be loaded. */
export function Freshness({ live, otherwise }) {
  const missing = useMissing();
  const time = clock(live.at / 1000);
  let words = "";
  if (live.error && live.error.status !== 401) {
    if (!live.at) words = t("unreachableNever");
    else words = t(live.error.status === 429 || live.error.status === 503 ? "busy" : "unreachable", { time });
  } else if (live.stale && !live.error) {
    words = t("stale", { time });
  }
  return html`<div class="notices" role="status">
    ${missing &&
    html`<div class="notice">
      <span>${t("partMissing")}</span><button class="button" type="button" onClick=${() => location.reload()}>${t("reload")}</button>
    </div>`}
    ${words
      ? html`<div class="notice">
          <span>${words}</span><button class="button" type="button" onClick=${live.refresh}>${t("tryNow")}</button>
        </div>`
      : otherwise}
  </div>`;
}

/** Tells that the session has expired, with a link to sign in again in another tab. */
export function SessionNotice() {
  const ended = useSessionEnded();
  return html`<div role="alert">
    ${ended &&
    html`<div class="notice">
      <span>${t("sessionOver")}${" "}<a href=${href("login")} target="_blank">${t("signInAgain")}</a></span>
    </div>`}
  </div>`;
}

/** Tells that servers report less often because costs have reached their ceiling. until: Unix seconds, 0 if they do not. */
export function Slow({ until }) {
  return until ? html`<div class="notice"><span>${t("slow", { day: day(until) })}</span></div>` : null;
}

/** Shown in place of something that could not be loaded, with the reason. live: {error, refresh}, as from useLive. */
export function NotLoaded({ title, live }) {
  return html`<${Empty} title=${title} hint=${explained(live.error)}>
    <button class="button" type="button" onClick=${live.refresh}>${t("tryNow")}</button>
  <//>`;
}

/** Shown where there is nothing, with what to do about it. */
export function Empty({ title, hint, children }) {
  return html`<div class="empty">
    <h2>${title}</h2>
    ${hint && html`<p>${hint}</p>`} ${children}
  </div>`;
}
