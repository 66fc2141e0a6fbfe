// The parts of every page around its content: header, footer, title and favicon.
import { html, useEffect, useRef, useState } from "../base/html.js";
import { href } from "../base/address.js";
import { fetched } from "../base/later.js";
import { ago, clock, label } from "../text/format.js";
import { chooseLanguage, currentLanguage, languageNames, onLanguage, t } from "../text/strings.js";
import { remember, remembered } from "../base/storage.js";
import { Icon } from "./icons.js";
import { Sheet } from "./dialog.js";

const OWNER = document.documentElement.dataset; // logo: one of the dashboard's paths; footer: text
const THEMES = { auto: "themeAuto", light: "themeLight", dark: "themeDark" };
const FAVICON = new URL("../mark.svg", import.meta.url).href;
const FAVICON_DOWN = new URL("../mark_down.svg", import.meta.url).href;

/** Draws again whenever the language changes. */
export function useLanguage() {
  const [, redraw] = useState(0);
  useEffect(() => onLanguage(() => redraw((count) => count + 1)), []);
}

/**
 * pages: [{path, words, current}] for the navigation. enter: {path, words} for the button at its end. chip: shown beside
 * the site's name. title: the page's, none for the site's own. down: how many servers are offline. live: from useLive.
 * onFind: opens the palette.
 */
export function Frame({ siteName, title, pages, enter, chip, down = 0, live, onFind, foot, children }) {
  const site = label(siteName, "Nezha");
  const [menu, setMenu] = useState(false);
  useTitle(title ? `${title} · ${site}` : site, down);
  return html`
    <a class="skip" href="#content">${t("skip")}</a>
    <header class="top" ref=${useMoving()}>
      <div class="wrap">
        <a class="brand" href=${href("")}>
          <${Logo} down=${down > 0} /><bdi>${site}</bdi>${chip && html`<em>${chip}</em>`}
        </a>
        ${pages.length > 0 && html`<nav aria-label=${t("mainNavigation")}><${Pages} pages=${pages} /></nav>`}
        <span class="push"></span>
        ${onFind &&
        html`<button class="find" type="button" onClick=${onFind} aria-keyshortcuts="/ Control+K">
          <${Icon} name="search" /><span>${t("search")}</span><kbd aria-hidden="true">${shortcut}</kbd>
        </button>`}
        ${live && html`<${Live} live=${live} />`}
        <${Theme} /><${Language} />
        ${enter && html`<a class="button enter" href=${href(enter.path)}>${enter.words}</a>`}
        <button class="icon-button menu" type="button" aria-label=${t("menu")} onClick=${() => setMenu(true)}>
          <${Icon} name="menu" />
        </button>
      </div>
    </header>
    <main id="content" class="wrap" tabindex="-1">${children}</main>
    <footer class="foot"><div class="wrap"><${Own} />${foot}</div></footer>
    ${menu && html`<${Menu} pages=${[...pages, ...(enter ? [enter] : [])]} onClose=${() => setMenu(false)} />`}
  `;
}

const STILL_MS = 200; // after the last step of a scroll

/** A ref for an element whose style depends on whether the page is being scrolled. Nothing is redrawn for that. */
function useMoving() {
  const box = useRef(null);
  useEffect(() => {
    let timer = 0;
    function still() {
      delete box.current?.dataset.moving;
    }
    function move() {
      clearTimeout(timer);
      timer = setTimeout(still, STILL_MS);
      if (box.current && !("moving" in box.current.dataset)) box.current.dataset.moving = "";
    }
    window.addEventListener("scroll", move, { passive: true });
    return () => (clearTimeout(timer), window.removeEventListener("scroll", move));
  }, []);
  return box;
}

const shortcut = /Mac|iP(hone|ad)/.test(navigator.platform) ? "⌘K" : "Ctrl K";

function Pages({ pages }) {
  return pages.map(
    ({ path, words, current }) =>
      html`<a key=${path} href=${href(path)} aria-current=${current ? "page" : undefined}>${words}</a>`,
  );
}

/** The owner's logo, or the mark if there is none. */
export function Logo({ down }) {
  const [failed, setFailed] = useState(false);
  if (!OWNER.logo || failed) return html`<${Mark} down=${down} />`;
  return html`<img class="mark" src=${href(OWNER.logo)} alt="" onError=${() => setFailed(true)} />`;
}

function Own() {
  const [View, setView] = useState(null);
  useEffect(() => {
    if (OWNER.footer) import("./owner.js").then(({ OwnersWords }) => setView(() => OwnersWords));
  }, []);
  return View && html`<${View} text=${OWNER.footer} />`;
}

/** Three bars and a dot, which is red while a server is offline. */
export function Mark({ down }) {
  return html`<svg class=${`mark ${down ? "down" : ""}`} viewBox="0 0 32 32" aria-hidden="true">
    <defs>
      <linearGradient id="mark-ground" x1="0" y1="0" x2="1" y2="1">
        <stop stop-color="#3355f2" />
        <stop offset="1" stop-color="#0b93a8" />
      </linearGradient>
    </defs>
    <rect width="32" height="32" rx="9" fill="url(#mark-ground)" />
    <path d="M8.4 15.4v7.2M16 9.4v13.2M23.6 18.4v4.2" stroke="#fff" stroke-width="4.8" stroke-linecap="round" />
    <circle cx="23.6" cy="9.9" r="2.9" fill="var(--mark-dot)" stroke="var(--mark-ring)" stroke-width="1.3" />
  </svg>`;
}

export function useTitle(title, down) {
  useEffect(() => {
    document.title = down ? `(${down}) ${title}` : title;
    const icon = document.querySelector("link[rel=icon]");
    const wanted = down ? FAVICON_DOWN : FAVICON;
    if (icon.href !== wanted) icon.href = wanted;
  }, [title, down]);
}

// Live reports are younger than this, even after some seconds in a cache, unless the tables' capacity makes them rarer.
const IDLE_SECONDS = 12;

/** A dot that shows whether the data is new, with its time, and how old the figures are until live ones arrive. */
function Live({ live }) {
  const late = Boolean(live.error || live.stale);
  const age = late ? 0 : ageOf(live.data);
  const idle = age > IDLE_SECONDS;
  const words = live.at ? t("updated", { time: clock(live.at / 1000) }) : t("loading");
  return html`<span class=${`live ${late || idle ? "late" : ""} ${idle ? "idle" : ""}`} title=${words}>
    <i></i><span>${late ? t("late") : idle ? ago(age) : t("live")}</span>
  </span>`;
}

/** The figures' age in seconds: the median of the online servers, so that a few that are about to be offline do not count. */
function ageOf(data) {
  const times = (data?.servers ?? []).filter((one) => one.online).map((one) => one.last_active);
  times.sort((one, other) => one - other);
  return times.length ? data.now - times[times.length >> 1] : 0;
}

function Theme() {
  const [theme, next] = useTheme();
  const words = `${t("theme")}: ${t(THEMES[theme])}`;
  return html`<button class="icon-button theme" type="button" onClick=${next} aria-label=${words} title=${words}>
    <${Icon} name=${theme} />
  </button>`;
}

/** The chosen theme, and a function that changes to the next one. */
export function useTheme() {
  const [theme, setTheme] = useState(remembered("theme") in THEMES ? remembered("theme") : "auto");
  function next() {
    const names = Object.keys(THEMES);
    const wanted = names[(names.indexOf(theme) + 1) % names.length];
    remember("theme", wanted === "auto" ? null : wanted);
    if (wanted === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = wanted;
    setTheme(wanted);
  }
  return [theme, next];
}

function Language() {
  return html`<label class="pick language">
    <span class="unseen">${t("language")}</span>
    <select value=${currentLanguage()} onChange=${(event) => fetched(() => chooseLanguage(event.target.value))}>
      ${languageNames().map(([tag, name]) => html`<option value=${tag} lang=${tag}>${name}</option>`)}
    </select>
    <${Icon} name="caret" />
  </label>`;
}

/** Everything that the header links to, for windows in which it has no room. */
function Menu({ pages, onClose }) {
  const [theme, next] = useTheme();
  return html`<${Sheet} title=${t("menu")} onClose=${onClose}>
    <nav class="sheet-links" aria-label=${t("mainNavigation")} onClick=${onClose}><${Pages} pages=${pages} /></nav>
    <div class="sheet-rows">
      <button class="button" type="button" onClick=${next}><${Icon} name=${theme} />${t("theme")}: ${t(THEMES[theme])}</button>
      <${Language} />
    </div>
  <//>`;
}
