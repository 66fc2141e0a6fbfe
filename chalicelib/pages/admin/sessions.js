// Who is signed in, and signing out elsewhere.
import { html, useCallback, useState } from "../base/html.js";
import { get, send } from "../base/api.js";
import { useLive } from "../base/live.js";
import { Dialog } from "../frame/dialog.js";
import { Buttons, useForm } from "../frame/form.js";
import { explained } from "../text/errors.js";
import { day, dayInUtc, label } from "../text/format.js";
import { t } from "../text/strings.js";

const SECONDS = 3600; // the list rarely changes, and reading it costs money

/** onOver: called when this browser's own session has ended. */
export function Sessions({ onOver }) {
  const live = useLive(useCallback(() => get("api/session"), []), () => SECONDS);
  const [problem, setProblem] = useState("");
  const [asking, setAsking] = useState(false);
  async function end({ id, current }) {
    setProblem("");
    try {
      await send("DELETE", `api/session/${id}`);
      if (current) onOver();
    } catch (error) {
      setProblem(explained(error));
    }
    live.refresh();
  }
  const sessions = [...(live.data ?? [])].reverse().sort((a, b) => b.current - a.current);
  return html`<section class="card settings" aria-labelledby="sessions">
    <h2 id="sessions">${t("sessions")}</h2>
    <p class="hint">${t("sessionsHint")}</p>
    ${live.error && html`<p class="error" role="alert">${explained(live.error)}</p>`}
    <ul class="sessions">${sessions.map((one) => html`<${Line} key=${one.id} session=${one} onEnd=${() => end(one)} />`)}</ul>
    <p class="error" role="alert">${problem}</p>
    <div class="buttons">
      <button class="button danger" type="button" onClick=${() => setAsking(true)}>${t("signOutEverywhere")}</button>
    </div>
    ${asking && html`<${Everywhere} onDone=${onOver} onClose=${() => setAsking(false)} />`}
  </section>`;
}

function Line({ session, onEnd }) {
  const { browser, created, last_used: used, current } = session;
  const name = nameOf(browser);
  return html`<li>
    <div class="what">
      <b title=${label(browser, "")}><bdi>${name}</bdi></b>
      <span class="sub">
        ${current && html`<em class="badge">${t("thisBrowser")}</em>`}
        <span>${t("signedInOn", { day: day(created) })}${used && ` · ${t("usedOn", { day: dayInUtc(used) })}`}</span>
      </span>
    </div>
    ${!current &&
    html`<button class="button quiet" type="button" onClick=${onEnd} aria-label=${t("signOutOf", { name })}>${t("signOut")}</button>`}
  </li>`;
}

function Everywhere({ onDone, onClose }) {
  const form = useForm({}, {
    submit: async () => {
      await send("DELETE", "api/session");
      onDone();
    },
  });
  return html`<${Dialog} title=${t("signOutEverywhere")} onClose=${onClose}>
    <form onSubmit=${form.onSubmit}>
      <p>${t("signOutEverywhereLead")}</p>
      <${Buttons} form=${form} words=${t("signOutEverywhere")} danger onCancel=${onClose} />
    </form>
  <//>`;
}

/** In the order in which they are tried: a browser's User-Agent also contains the names of those below it. */
const BROWSERS = [
  [/\bEdgA?\//, "Edge"],
  [/\bOPR\//, "Opera"],
  [/\bSamsungBrowser\//, "Samsung Internet"],
  [/\bFirefox\/|\bFxiOS\//, "Firefox"],
  [/Chrome\/|\bCriOS\//, "Chrome"],
  [/\bSafari\//, "Safari"],
  [/^curl\//, "curl"],
];
const SYSTEMS = [
  [/\biPhone\b/, "iPhone"],
  [/\biPad\b/, "iPad"],
  [/\bAndroid\b/, "Android"],
  [/\bWindows\b/, "Windows"],
  [/\bMac OS X\b/, "macOS"],
  [/\bCrOS\b/, "ChromeOS"],
  [/\bLinux\b/, "Linux"],
];

/** "Firefox · Windows", or the User-Agent of an unknown browser. */
function nameOf(browser) {
  const found = [BROWSERS, SYSTEMS].map((known) => known.find(([pattern]) => pattern.test(browser))?.[1]);
  return found.filter(Boolean).join(" · ") || label(browser, "").slice(0, 60) || t("unknownBrowser");
}
