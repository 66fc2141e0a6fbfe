// The public pages, all in one document: the home page, a server's page, the monitors, the events, the wall.
import { html, render, useCallback, useEffect, useState } from "./base/html.js";
import { followLinks, href, useAddress } from "./base/address.js";
import { fetched, useLater } from "./base/later.js";
import { useSessionEnded } from "./base/session.js";
import { addStyle } from "./base/style.js";
import { useData } from "./data.js";
import { totals } from "./figures/servers.js";
import { loadFont } from "./frame/font.js";
import { Frame, useLanguage } from "./frame/frame.js";
import { Empty, Freshness, Slow } from "./frame/notices.js";
import { usePaletteKeys } from "./frame/palette_keys.js";
import { Home } from "./home/home.js";
import { ready, t } from "./text/strings.js";

const SERVER = /^server\/([^/]+)$/;
const LISTS = ["monitors", "events"];
const isPage = (path) => path === "" || LISTS.includes(path) || SERVER.test(path);

/** Pages that are fetched when somebody first looks at one. */
const LATER = {
  server: () => import("./server/page.js"),
  monitors: () => styled(import("./monitors/page.js"), new URL("./css/monitors.css", import.meta.url)),
  events: () => styled(import("./events/page.js"), new URL("./css/monitors.css", import.meta.url)),
  wall: () => styled(import("./wall/wall.js"), new URL("./css/wall.css", import.meta.url)),
};

async function styled(module, sheet) {
  await addStyle(sheet.href);
  return module;
}

function App() {
  useLanguage();
  const { path, query } = useAddress();
  const ended = useSessionEnded();
  const [finding, setFinding] = useState(false);
  const Palette = useLater(finding, async () => (await import("./frame/palette.js")).Palette);
  const find = useCallback(() => setFinding(true), []);
  const [, id] = SERVER.exec(path) ?? [];
  const kind = id ? "server" : LISTS.includes(path) ? path : query.has("wall") ? "wall" : "home";
  const { live, data } = useData(kind);
  const server = id && data?.servers.find((one) => one.id === Number(id));
  const down = data ? totals(data.servers).offline : 0;
  const Page = usePage(kind);
  usePaletteKeys(find);
  const content = data && Page && { home: { query }, server: { id: Number(id), server, query, key: id }, monitors: { query }, events: { query }, wall: {} }[kind];
  const shown = !data || !Page
    ? html`<p class="loading" role="status">${live.error ? "" : t("loading")}</p>`
    : data.closed
      ? html`<${Empty} title=${t("noGuests")} hint=${t("noGuestsHint")} />`
      : html`<${Page} data=${data} live=${live} ...${content} />`;
  if (kind === "wall" && content && !data.closed) return html`${shown}<${Freshness} live=${live} />`;
  return html`
    <${Frame}
      siteName=${data?.siteName}
      title=${{ server: server?.label ?? (id && `#${id}`), monitors: t("monitors"), events: t("events") }[kind]}
      pages=${[
        { path: "", words: t("servers"), current: !LISTS.includes(kind) },
        ...(data?.showsMonitors ? [{ path: "monitors", words: t("monitors"), current: kind === "monitors" }] : []),
        ...(data?.showsEvents ? [{ path: "events", words: t("events"), current: kind === "events" }] : []),
      ]}
      enter=${data?.signedIn ? { path: "dashboard", words: t("dashboard") } : { path: "login", words: t("signIn") }}
      down=${down}
      live=${live}
      onFind=${find}
      foot=${html`<span>${t("rule")}</span>${data?.hasFeed && html`<a href=${href("incidents.atom")}>${t("feed")}</a>`}`}
    >
      <${Freshness} live=${live} otherwise=${data?.slowUntil ? html`<${Slow} until=${data.slowUntil} />` : ended && !data?.signedIn && html`<${SignedOut} />`} />
      ${shown}
    <//>
    ${finding && data && Palette && html`<${Palette} servers=${data.servers} onClose=${() => setFinding(false)} />`}
  `;
}

const SignedOut = () => html`<div class="notice"><span>${t("signedOut")}</span></div>`;

/** The component of a page; null while it is being fetched. */
function usePage(kind) {
  const [pages, setPages] = useState({ home: Home });
  useEffect(() => {
    if (!pages[kind]) fetched(LATER[kind]).then((module) => module && setPages((old) => ({ ...old, [kind]: module.Page })));
  }, [kind]);
  return pages[kind] ?? null;
}

followLinks(isPage);
ready.then(() => render(html`<${App} />`, document.getElementById("app")));
loadFont();
