// Which servers are shown, and how: status, tags, order, list or cards or wall.
import { html, useState } from "../base/html.js";
import { href } from "../base/address.js";
import { Sheet } from "../frame/dialog.js";
import { Icon } from "../frame/icons.js";
import { ORDER_KEYS } from "../figures/servers.js";
import { number } from "../text/format.js";
import { t } from "../text/strings.js";
import { search, showStatus, showView, sortBy, toggleTag } from "./filter.js";

/** counts: those of all servers. */
export function Toolbar({ groups, filter, counts, view }) {
  const [open, setOpen] = useState(false);
  return html`<div class="tools" role="search" aria-label=${t("filters")}>
    ${view.narrow
      ? html`<button class="chip filter" type="button" aria-label=${t("filterAndSort")} onClick=${() => setOpen(true)}>
          <${Icon} name="filter" />
        </button>`
      : html`<${Statuses} counts=${counts} filter=${filter} />`}
    <div class="tags" role="group" aria-label=${t("tags")}>
      ${filter.words &&
      html`<button class="chip" type="button" aria-pressed="true" onClick=${() => search("")} aria-label=${t("clearSearch", { words: filter.words })}>
        <bdi>“${filter.words}”</bdi><${Icon} name="close" />
      </button>`}
      ${groups.length > 1 &&
      groups.map(
        ({ tag, label }) => html`<button
          class="chip"
          type="button"
          key=${tag}
          aria-pressed=${filter.tags.includes(tag)}
          onClick=${() => toggleTag(filter, tag)}
        >
          <bdi>${(label || t("noTag")).slice(0, 40)}</bdi>
        </button>`,
      )}
    </div>
    ${!view.narrow &&
    html`<div class="how"><${Order} filter=${filter} /><${Views} filter=${filter} /></div>`}
    ${open &&
    html`<${Sheet} title=${t("filterAndSort")} onClose=${() => setOpen(false)}>
      <div class="sheet-rows">
        <${Statuses} counts=${counts} filter=${filter} />
        <${Order} filter=${filter} />
        <${Views} filter=${filter} />
        <button class="button primary" type="button" onClick=${() => setOpen(false)}>${t("done")}</button>
      </div>
    <//>`}
  </div>`;
}

function Statuses({ counts, filter }) {
  const statuses = [
    ["all", counts.all],
    ["online", counts.online],
    ["offline", counts.offline],
    ...(counts.attention > 0 || filter.status === "attention" ? [["attention", counts.attention]] : []),
  ];
  return html`<div class="seg" role="group" aria-label=${t("show")}>
    ${statuses.map(
      ([key, count]) =>
        html`<button type="button" aria-pressed=${filter.status === key} onClick=${() => showStatus(key)}>
          ${t(key)} <b>${number(count)}</b>
        </button>`,
    )}
  </div>`;
}

function Order({ filter }) {
  const reversed = filter.reverse ? "-" : "";
  return html`<label class="pick sort">
    <span class="unseen">${t("sortBy")}</span>
    <select value=${filter.order} onChange=${(event) => sortBy(event.target.value)}>
      <option value="">${t("sortedBy", { key: t("arranged") })}</option>
      ${ORDER_KEYS.map((key) => html`<option value=${key}>${t("sortedBy", { key: t(key) })}</option>`)}
    </select>
    <${Icon} name=${reversed ? "up" : "caret"} />
  </label>`;
}

function Views({ filter }) {
  const views = ["list", "cards"];
  return html`<div class="seg views" role="group" aria-label=${t("view")}>
    ${views.map(
      (key) => html`<button type="button" aria-pressed=${filter.view === key} title=${t(key)} onClick=${() => showView(key)}>
        <${Icon} name=${key} /><span>${t(key)}</span>
      </button>`,
    )}
    <a href=${href("?wall")} title=${t("wall")}><${Icon} name="wall" /><span>${t("wall")}</span></a>
  </div>`;
}
