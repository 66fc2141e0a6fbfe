// The events page: the newest events, of all servers and monitors or of one server.
import { html } from "../base/html.js";
import { href, setQuery } from "../base/address.js";
import { useOptional } from "../base/optional.js";
import { Icon } from "../frame/icons.js";
import { Empty } from "../frame/notices.js";
import { t } from "../text/strings.js";
import { EventList } from "./list.js";

const SHOWN = 100;

/** query.server: the ID of a server, to see its events alone. */
export function Page({ data, query }) {
  const id = Number(query.get("server"));
  const of = id ? `server=${id}&` : "";
  const found = useOptional(data.showsEvents ? `api/event?${of}limit=${SHOWN}` : null, 60);
  if (found === null) return html`<${Empty} title=${t("eventsPrivate")} />`;
  return html`
    <div class="pagehead">
      <h1>${t("events")}</h1>
      ${id > 0 && html`<button class="chip" type="button" aria-pressed="true" aria-label=${t("clearFilters")} onClick=${() => setQuery({ server: null })}>
        <bdi>${data.servers.find((one) => one.id === id)?.label ?? `#${id}`}</bdi><${Icon} name="close" />
      </button>`}
      ${data.signedIn && html`<a class="button push" href=${href("dashboard#alerts/events")}>${t("manageAlerts")}</a>`}
    </div>
    ${!found
      ? html`<p class="loading" role="status">${t("loading")}</p>`
      : found.length === 0
        ? html`<${Empty} title=${t("noEvents")} hint=${t("noEventsHint")} />`
        : html`<section class="card incidents" aria-label=${t("events")}><${EventList} events=${openFirst(found)} data=${data} /></section>`}
  `;
}

const openFirst = (events) => [...events].sort((a, b) => (b.ended === null) - (a.ended === null));
