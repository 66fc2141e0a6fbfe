// What a new dashboard shows to its owner. Fetched where there is no server yet, with its style sheet.
import { html } from "../base/html.js";
import { href } from "../base/address.js";
import { t } from "../text/strings.js";
import { Tide } from "./tide.js";

const sheet = document.createElement("link");
sheet.rel = "stylesheet";
sheet.href = new URL("../css/start.css", import.meta.url).href;
const styled = new Promise((done) => (sheet.onload = sheet.onerror = done));
document.head.append(sheet);

/** Once it can be seen as it should be. */
export async function welcome() {
  await styled;
  return Welcome;
}

const Welcome = () => html`<section class="start">
  <${Tide} />
  <h1>${t("firstServer")}</h1>
  <p>${t("firstServerLead")}</p>
  <a class="button primary" href=${href("dashboard#servers/new")}>${t("addServer")}</a>
</section>`;
