// The panel, "/dashboard".
import { html, render, useEffect, useState } from "./html.js";
import { ApiError, ROOT, ask, get, withSession } from "./api.js";
import { prepared } from "./servers_data.js";
import { useLive } from "./live.js";
import { Monitors } from "./panel_monitors.js";
import { Servers } from "./panel_servers.js";
import { Settings } from "./panel_settings.js";
import { Tokens } from "./panel_tokens.js";
import { forgetSession } from "./session.js";
import { Frame, Freshness, SessionNotice, useLanguage } from "./site.js";
import { ready, siteLanguage, t } from "./text/strings.js";

const SECTIONS = { servers: Servers, monitors: Monitors, tokens: Tokens, settings: Settings };
const login = new URL("login", ROOT).href;
const seconds = (data) => (data && data.servers.length > 200 ? 20 : 5);

let began = false; // whether there is something to lose: who loses the session then stays, and signs in beside

/** Everything that the panel shows. Without a session there is nothing to see here. */
async function load() {
  const read = () => Promise.all([ask("api/server"), get("api/monitor"), get("api/token"), get("api/settings")]);
  const everything = await withSession(read);
  if (!everything) {
    if (!began) leave();
    throw new ApiError(401, "");
  }
  began = true;
  const [servers, monitors, tokens, settings] = everything;
  siteLanguage(settings.language);
  return { servers: prepared(servers.result, servers.now), monitors, tokens, settings, now: servers.now };
}

function leave() {
  forgetSession();
  location.replace(login);
}

function App() {
  useLanguage();
  const live = useLive(load, seconds);
  const section = useSection();
  const View = SECTIONS[section];
  async function signOut() {
    await ask("api/logout", { method: "POST", body: {} }).catch(() => {}); // who cannot reach the dashboard sees so on the next page
    leave();
  }
  const links = html`
    <a class="button" href=${ROOT.href}>${t("statusPage")}</a>
    <button type="button" class="quiet" onClick=${signOut}>${t("signOut")}</button>
  `;
  return html`<${Frame} siteName=${live.data?.settings.site_name} home=${ROOT.href} links=${links}>
    <nav class="tabs" aria-label=${t("sections")}>
      ${Object.keys(SECTIONS).map(
        (key) => html`<a href=${`#${key}`} aria-current=${key === section ? "page" : undefined}>${t(key)}</a>`,
      )}
    </nav>
    <${Freshness} live=${live} otherwise=${html`<${SessionNotice} />`} />
    ${live.data ? html`<${View} key=${section} live=${live} />` : html`<p class="loading" role="status">${live.error ? "" : t("loading")}</p>`}
  <//>`;
}

function useSection() {
  const read = () => (location.hash.slice(1) in SECTIONS ? location.hash.slice(1) : "servers");
  const [section, setSection] = useState(read);
  useEffect(() => {
    const look = () => setSection(read());
    window.addEventListener("hashchange", look);
    return () => window.removeEventListener("hashchange", look);
  }, []);
  return section;
}

ready.then(() => render(html`<${App} />`, document.getElementById("app")));
