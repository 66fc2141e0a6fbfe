// The status page, "/".
import { html, render, useCallback, useEffect, useMemo, useState } from "./html.js";
import { ROOT, ask, get, withSession } from "./api.js";
import { Details } from "./details.js";
import { ON_SECONDS, prepared, tagsOf, totals } from "./servers_data.js";
import { Filters } from "./filters.js";
import { useLive } from "./live.js";
import { EVERYTHING, Servers } from "./servers.js";
import { seemsSignedIn, useSessionEnded } from "./session.js";
import { Empty, Frame, Freshness, useLanguage } from "./site.js";
import { ready, siteLanguage, t } from "./text/strings.js";
import { Sums } from "./sums.js";
import { useView } from "./view.js";

const seconds = (data) => (data && data.servers.length > 200 ? 10 : 5);

/** What this person may see: everything with a session, what guests see otherwise. */
async function load() {
  if (seemsSignedIn()) {
    const read = () => Promise.all([ask("api/server"), get("api/settings")]);
    const everything = await withSession(read);
    if (everything) {
      const [{ result, now }, site] = everything;
      return answer(site, result, now, true);
    }
  }
  try {
    const { result, now } = await ask("api/summary");
    return answer(result, result.servers, now, false);
  } catch (error) {
    if (error.status !== 403) throw error;
    return { closed: true, servers: [], signedIn: false, siteName: "", now: Date.now() / 1000 };
  }
}

function answer(site, servers, now, signedIn) {
  siteLanguage(site.language);
  return { closed: false, siteName: site.site_name, servers: prepared(servers, now), now, signedIn };
}

function App() {
  useLanguage();
  const live = useLive(load, seconds);
  const { data } = live;
  const ended = useSessionEnded();
  const groups = useMemo(() => tagsOf(data?.servers ?? []).map(([, count]) => count), [data]);
  const view = useView(groups);
  const [opened, open] = useOpened();
  const links = data?.signedIn
    ? html`<a class="button" href=${new URL("dashboard", ROOT).href}>${t("dashboard")}</a>`
    : html`<a class="button" href=${new URL("login", ROOT).href}>${t("signIn")}</a>`;
  return html`<${Frame} siteName=${data?.siteName} home=${ROOT.href} links=${links} full=${view.cards} at=${live.at}>
    <${Freshness} live=${live} otherwise=${ended && !data?.signedIn && html`<div class="notice warn"><span>${t("signedOut")}</span></div>`} />
    <${Content} live=${live} view=${view} opened=${opened} onOpen=${open} />
  <//>`;
}

/** The number of the server whose details are open, which the address keeps: #12. */
function useOpened() {
  const read = () => Number(/^#(\d+)$/.exec(location.hash)?.[1]) || 0;
  const [opened, setOpened] = useState(read);
  useEffect(() => {
    const look = () => setOpened(read());
    window.addEventListener("hashchange", look);
    return () => window.removeEventListener("hashchange", look);
  }, []);
  const open = useCallback((id) => {
    if (id) {
      location.hash = `#${id}`;
    } else {
      history.replaceState(null, "", location.pathname + location.search);
      setOpened(0);
    }
  }, []);
  return [opened, open];
}

function Content({ live, view, opened, onOpen }) {
  const [filter, setFilter] = useState(EVERYTHING);
  const data = live.data;
  const sums = useMemo(() => totals(data?.servers ?? []), [data]);
  if (!data) return live.error ? null : html`<p class="loading" role="status">${t("loading")}</p>`;
  if (data.closed) return html`<${Empty} title=${t("noGuests")} hint=${t("noGuestsHint")} />`;
  if (!data.servers.length) {
    const hint = data.signedIn ? t("noServersOwner") : t("noServersGuest");
    return html`<${Empty} title=${t("noServers")} hint=${hint}>
      ${data.signedIn &&
      html`<a class="button primary" href=${new URL("dashboard#servers", ROOT).href}>${t("addServer")}</a>`}
    <//>`;
  }
  return html`
    <h1 class="unseen">${t("servers")}</h1>
    <${Sums} sums=${sums} />
    <${Filters} servers=${data.servers} counts=${sums} view=${view} filter=${filter} onFilter=${setFilter} />
    <${Servers} servers=${data.servers} view=${view} filter=${filter} onFilter=${setFilter} onOpen=${onOpen} />
    <footer class="rule">${t("rule", { seconds: ON_SECONDS })}</footer>
    ${opened > 0 &&
    html`<${Details}
      key=${opened}
      id=${opened}
      server=${data.servers.find((one) => one.id === opened)}
      onClose=${() => onOpen(0)}
    />`}
  `;
}

ready.then(() => render(html`<${App} />`, document.getElementById("app")));
