// The admin pages, "/dashboard".
import { html, render, useCallback, useEffect, useMemo, useState } from "./base/html.js";
import { Alerts } from "./admin/alerts.js";
import { Monitors } from "./admin/monitors.js";
import { Servers } from "./admin/servers.js";
import { Settings } from "./admin/settings.js";
import { Tokens } from "./admin/tokens.js";
import { href } from "./base/address.js";
import { ApiError, ask, get, withSession } from "./base/api.js";
import { becomeKnown } from "./base/device.js";
import { useLive } from "./base/live.js";
import { forgetSession } from "./base/session.js";
import { prepared } from "./figures/servers.js";
import { loadFont } from "./frame/font.js";
import { Frame, useLanguage } from "./frame/frame.js";
import { Freshness, SessionNotice, Slow } from "./frame/notices.js";
import { ready, siteLanguage, t } from "./text/strings.js";

/** What each section shows, and what it needs of the dashboard beside the settings. */
const SECTIONS = {
  servers: { View: Servers, read: async () => withServers(await ask("api/server")) },
  monitors: {
    View: Monitors,
    read: async () => {
      const [monitors, servers] = await Promise.all([get("api/monitor"), ask("api/server")]);
      return { monitors, ...withServers(servers) };
    },
  },
  alerts: {
    View: Alerts,
    read: async () => {
      const [events, rules, channels, monitors, servers] = await Promise.all([
        get("api/event?limit=30"),
        get("api/rule"),
        get("api/channel"),
        get("api/monitor"),
        ask("api/server"),
      ]);
      return { events, rules, channels, monitors, ...withServers(servers) };
    },
  },
  tokens: {
    View: Tokens,
    read: async () => {
      const { result, now } = await ask("api/token");
      return { tokens: result, now };
    },
  },
  settings: { View: Settings, read: async () => ({}) },
};
const withServers = ({ result, now }) => ({ servers: prepared(result, now), now });

/** Servers come alive while one looks; the rest changes when somebody here changes it. */
const seconds = (data) => (!data?.servers ? 60 : data.servers.length > 200 ? 20 : 5);

let began = false; // whether there is something to lose: who loses the session then stays, and signs in beside

/** Everything that a section shows. Without a session there is nothing to see here. */
async function load(section) {
  const everything = await withSession(() => Promise.all([get("api/settings"), SECTIONS[section].read()]));
  if (!everything) {
    if (!began) leave();
    throw new ApiError(401);
  }
  if (!began) becomeKnown();
  began = true;
  const [settings, rest] = everything;
  siteLanguage(settings.language);
  return { settings, ...rest };
}

function leave() {
  forgetSession();
  location.replace(href("login"));
}

function App() {
  useLanguage();
  const [siteName, setSiteName] = useState("");
  const { section, id } = useSection();
  async function signOut() {
    await ask("api/logout", { method: "POST", body: {} }).catch(() => {}); // the next page says when it failed
    leave();
  }
  return html`<${Section} key=${section} ...${{ section, id, siteName, setSiteName, signOut }} />`;
}

function Section({ section, id, siteName, setSiteName, signOut }) {
  const live = useLive(useCallback(() => load(section), [section]), seconds);
  const { View } = SECTIONS[section];
  const name = live.data?.settings.site_name ?? siteName;
  useEffect(() => setSiteName(name), [name]);
  const pages = useMemo(() => Object.keys(SECTIONS), []);
  return html`<${Frame}
    siteName=${name}
    title=${t("dashboard")}
    chip=${t("dashboard")}
    pages=${pages.map((key) => ({ path: `dashboard#${key}`, words: t(key), current: key === section }))}
    enter=${{ path: "", words: t("statusPage") }}
    foot=${html`<button class="link" type="button" onClick=${signOut}>${t("signOut")}</button>`}
  >
    <${Freshness} live=${live} otherwise=${html`<${SessionNotice} /><${Slow} until=${live.data?.settings.slow_until} />`} />
    ${live.data
      ? html`<${View} live=${live} id=${id} onOver=${leave} />`
      : html`<p class="loading" role="status">${live.error ? "" : t("loading")}</p>`}
  <//>`;
}

/** The address names the section, and what to open in it: a server's ID as in #servers/12, or a word. */
function useSection() {
  const read = () => {
    const [section, id] = location.hash.slice(1).split("/");
    return Object.hasOwn(SECTIONS, section) ? { section, id } : { section: "servers" };
  };
  const [place, setPlace] = useState(read);
  useEffect(() => {
    const look = () => setPlace(read());
    window.addEventListener("hashchange", look);
    return () => window.removeEventListener("hashchange", look);
  }, []);
  return place;
}

ready.then(() => render(html`<${App} />`, document.getElementById("app")));
loadFont();
