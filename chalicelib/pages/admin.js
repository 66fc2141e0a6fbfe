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
import { kept } from "./base/kept.js";
import { useLive } from "./base/live.js";
import { forgetSession } from "./base/session.js";
import { prepared } from "./figures/servers.js";
import { loadFont } from "./frame/font.js";
import { Frame, useLanguage } from "./frame/frame.js";
import { Freshness, SessionNotice, Slow } from "./frame/notices.js";
import { ready, siteLanguage, t } from "./text/strings.js";

const rarely = (path) => kept(path, 60);

async function servers() {
  const { result, now } = await ask("api/server");
  return { servers: prepared(result, now), now };
}

/** The data of the alerts section. Rules, channels and monitors change only when somebody edits them, so they are kept. */
async function alerts() {
  const paths = ["api/rule", "api/channel", "api/monitor"];
  const [fleet, open, events, ...others] = await Promise.all([
    servers(),
    get("api/event?open=1&limit=100"),
    get("api/event?limit=30"),
    ...paths.map(rarely),
  ]);
  const [rules, channels, monitors] = others;
  return { open, events, rules, channels, monitors, ...fleet };
}

async function monitors() {
  const [all, fleet] = await Promise.all([get("api/monitor"), servers()]);
  return { monitors: all, ...fleet };
}

async function tokens() {
  const { result, now } = await ask("api/token");
  return { tokens: result, now };
}

/** What each section shows, which data it needs in addition to the settings, and how often it asks for it, in seconds. */
const SECTIONS = {
  servers: { View: Servers, read: servers, seconds: 5 },
  monitors: { View: Monitors, read: monitors, seconds: 60 },
  alerts: { View: Alerts, read: alerts, seconds: 10 },
  tokens: { View: Tokens, read: tokens, seconds: 60 },
  settings: { View: Settings, read: async () => ({}), seconds: 60 },
};
const MANY = 200;
const pauseOf = (section) => (data) => Math.max(SECTIONS[section].seconds, data?.servers?.length > MANY ? 20 : 0);

let began = false; // once true, typed values may be lost, so people stay here and sign in again in another tab

/** Everything that a section shows. Without a session, nothing is shown here. */
async function load(section) {
  const everything = await withSession(() => Promise.all([rarely("api/settings"), SECTIONS[section].read()]));
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
  const { section, path } = useSection();
  return html`<${Section} key=${section} ...${{ section, path, siteName, setSiteName }} />`;
}

function Section({ section, path, siteName, setSiteName }) {
  const live = useLive(useCallback(() => load(section), [section]), pauseOf(section));
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
    foot=${html`<${SignOut} />`}
  >
    <${Freshness} live=${live} otherwise=${html`<${SessionNotice} /><${Slow} until=${live.data?.settings.slow_until} />`} />
    ${live.data
      ? html`<${View} live=${live} path=${path} onOver=${leave} />`
      : html`<p class="loading" role="status">${live.error ? "" : t("loading")}</p>`}
  <//>`;
}

function SignOut() {
  const [failed, setFailed] = useState(false);
  async function signOut() {
    setFailed(false);
    try {
      await ask("api/logout", { method: "POST", body: {} });
      leave();
    } catch {
      setFailed(true);
    }
  }
  return html`<span>
    <button class="link" type="button" onClick=${signOut}>${t("signOut")}</button>
    <span class="error" role="alert">${failed && ` ${t("signOutFailed")}`}</span>
  </span>`;
}

/** The address names the section, and what to open in it, as in #servers/12 and #alerts/rules/new. */
function useSection() {
  const read = () => {
    const [section, ...path] = location.hash.slice(1).split("/");
    return Object.hasOwn(SECTIONS, section) ? { section, path } : { section: "servers", path: [] };
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
