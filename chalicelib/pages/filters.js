// Which servers the status page shows, and how: search, state, tag, order, rows or cards.
import { html, useMemo } from "./html.js";
import { ORDER_KEYS, tagsOf } from "./servers_data.js";
import { label } from "./text/format.js";
import { Icon } from "./site.js";
import { t } from "./text/strings.js";

export function Filters({ servers, counts, view, filter, onFilter }) {
  const tags = useMemo(() => tagsOf(servers), [servers]);
  const set = (changes) => onFilter({ ...filter, ...changes });
  return html`<div class="filters" role="search">
    <label class="search">
      <span class="unseen">${t("search")}</span><${Icon} name="search" />
      <input
        type="search"
        value=${filter.search}
        placeholder=${t("searchHint")}
        maxlength="200"
        onInput=${(event) => set({ search: event.target.value })}
      />
    </label>
    <${States} counts=${counts} state=${filter.state} onState=${(state) => set({ state })} />
    <label class="pick">
      <span class="unseen">${t("tag")}</span>
      <select
        value=${filter.tag === null ? "*" : `=${filter.tag}`}
        onChange=${(event) => set({ tag: event.target.value === "*" ? null : event.target.value.slice(1) })}
      >
        <option value="*">${t("allTags")}</option>
        ${tags.map(
          ([tag, count]) =>
            html`<option value=${`=${tag}`}>${`${label(tag, t("noTag")).slice(0, 40)} (${count})`}</option>`,
        )}
      </select>
    </label>
    <label class="pick">
      <span class="unseen">${t("sortBy")}</span>
      <select value=${filter.order} onChange=${(event) => set({ order: event.target.value })}>
        ${ORDER_KEYS.map((key) => html`<option value=${key}>${t("sortedBy", { key: t(key) })}</option>`)}
      </select>
    </label>
    ${!view.narrow && html`<${Views} view=${view} />`}
  </div>`;
}

function States({ counts, state, onState }) {
  const off = counts.all - counts.on;
  const states = [
    ["all", t("all"), counts.all],
    ["on", t("online"), counts.on],
    ["off", t("offline"), off],
  ];
  return html`<div class="segments" role="group" aria-label=${t("show")}>
    ${states.map(
      ([key, words, count]) => html`<button type="button" aria-pressed=${state === key} onClick=${() => onState(key)}>
        ${key !== "all" && html`<i class=${`dot ${key === "off" && !off ? "waiting" : key}`}></i>`}${words} <b>${count}</b>
      </button>`,
    )}
  </div>`;
}

function Views({ view }) {
  return html`<div class="segments views" role="group" aria-label=${t("view")}>
    ${["rows", "cards"].map(
      (key) => html`<button
        type="button"
        aria-pressed=${view.cards === (key === "cards")}
        aria-label=${t(key)}
        title=${t(key)}
        onClick=${() => view.choose(key)}
      >
        <${Icon} name=${key} />
      </button>`,
    )}
  </div>`;
}
