// The command palette: one field that finds servers and goes to pages. Fetched when somebody opens it.
import { html, useEffect, useMemo, useRef, useState } from "../base/html.js";
import { go } from "../base/address.js";
import { Dot, Flag } from "../figures/marks.js";
import { select } from "../figures/servers.js";
import { duration, percent } from "../text/format.js";
import { t } from "../text/strings.js";
import { Modal } from "./dialog.js";
import { Icon } from "./icons.js";

const MOST = 8;

export function Palette({ servers, onClose }) {
  const [words, setWords] = useState("");
  const [at, setAt] = useState(0);
  const list = useRef(null);
  const choices = useMemo(() => choicesFor(servers, words), [servers, words]);
  const chosen = Math.min(at, choices.length - 1);
  useEffect(() => list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" }), [chosen]);

  function onKeyDown(event) {
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps) setAt((chosen + steps[event.key] + choices.length) % choices.length);
    else if (event.key === "Enter" && choices.length) take(choices[chosen]);
    else return;
    event.preventDefault();
  }

  function take(choice) {
    onClose();
    go(choice.path);
  }

  return html`<${Modal} class="palette" label=${t("search")} onClose=${onClose} light>
    <div class="palette-field">
      <${Icon} name="search" />
      <input
        type="search"
        role="combobox"
        autofocus
        autocomplete="off"
        spellcheck="false"
        maxlength="200"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant=${choices.length ? `palette-${chosen}` : undefined}
        aria-label=${t("search")}
        placeholder=${t("searchHint")}
        value=${words}
        onInput=${(event) => {
          setWords(event.target.value);
          setAt(0);
        }}
        onKeyDown=${onKeyDown}
      />
      <kbd aria-hidden="true">Esc</kbd>
    </div>
    <ul id="palette-list" role="listbox" aria-label=${t("results")} ref=${list}>
      ${choices.map(
        (choice, index) => html`<li
          key=${choice.path}
          id=${`palette-${index}`}
          role="option"
          aria-selected=${index === chosen}
          onClick=${() => take(choice)}
          onPointerMove=${() => setAt(index)}
        >
          ${choice.server
            ? html`<${Dot} state=${choice.server.state} /><${Flag} code=${choice.server.host.CountryCode} />`
            : html`<${Icon} name=${choice.icon} />`}
          <bdi>${choice.words}</bdi><small><bdi>${choice.more}</bdi></small>
        </li>`,
      )}
    </ul>
    ${!choices.length && html`<p class="loading">${t("nothingFound")}</p>`}
  <//>`;
}

function choicesFor(servers, words) {
  const found = select(servers, { words });
  const shown = found.slice(0, MOST).map((server) => ({
    path: `server/${server.id}`,
    server,
    words: server.label,
    more: server.online ? percent(server.cpu) : server.seen ? t("offlineFor", { time: duration(server.silence) }) : t("waiting"),
  }));
  const typed = words.trim();
  const all = typed && found.length > 1 ? [{ path: `?q=${encodeURIComponent(typed)}`, icon: "filter", words: t("showMatches", { count: found.length }), more: "" }] : [];
  const pages = [
    { path: "", icon: "list", words: t("servers") },
    { path: "monitors", icon: "clock", words: t("monitors") },
    { path: "?wall", icon: "wall", words: t("wall") },
  ];
  const matching = pages.filter((page) => page.words.toLowerCase().includes(typed.toLowerCase()));
  return [...shown, ...all, ...matching.map((page) => ({ more: t("page"), ...page }))];
}
