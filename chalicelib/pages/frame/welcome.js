// What a dashboard without servers shows to its owner and to guests. Fetched only when needed, with its style sheet.
import { html, useState } from "../base/html.js";
import { href } from "../base/address.js";
import { addStyle } from "../base/style.js";
import { t } from "../text/strings.js";
import { Icon } from "./icons.js";
import { Tide } from "./tide.js";

/** Resolves to the component once its style sheet applies. */
export async function welcome() {
  await addStyle(new URL("../css/start.css", import.meta.url).href);
  return Welcome;
}

const FEATURES = [
  ["terminal", "featureInstall", "featureInstallHint"],
  ["clock", "featureHistory", "featureHistoryHint"],
  ["bell", "featureAlerts", "featureAlertsHint"],
];

function Welcome({ signedIn }) {
  return html`<section class="start">
    <${Tide} />
    <h1>${t(signedIn ? "firstServer" : "noServers")}</h1>
    <p>${t(signedIn ? "firstServerLead" : "noServersGuest")}</p>
    ${signedIn &&
    html`<${FirstName} />
      <ul class="steps features">
        ${FEATURES.map(([icon, words, hint]) => html`<li class="card" key=${words}><span class="glyph"><${Icon} name=${icon} /></span><b>${t(words)}</b><p>${t(hint)}</p></li>`)}
      </ul>`}
  </section>`;
}

/** Asks for the first server's name, and opens the admin pages with it. */
function FirstName() {
  const [name, setName] = useState("");
  function onSubmit(event) {
    event.preventDefault();
    location.assign(href(`dashboard#servers/new/${encodeURIComponent(name.trim())}`));
  }
  return html`<form onSubmit=${onSubmit}>
    <div class="start-row">
      <input aria-label=${t("name")} placeholder=${t("firstServerName")} maxlength="128" autocomplete="off" value=${name} onInput=${(event) => setName(event.target.value)} />
      <button class="button primary" type="submit">${t("addServer")}</button>
    </div>
  </form>`;
}
