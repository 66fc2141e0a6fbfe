// The newest incidents, below the monitors, for people who may see events.
import { html } from "../base/html.js";
import { href } from "../base/address.js";
import { useOptional } from "../base/optional.js";
import { EventList } from "../events/list.js";
import { t } from "../text/strings.js";

const SHOWN = 20;

export function Incidents({ data }) {
  const found = useOptional(data.showsEvents ? `api/event?limit=${SHOWN}` : null, 60);
  if (!found) return null;
  return html`<section class="card incidents" aria-labelledby="incidents">
    <h2 id="incidents">${t("incidents")}<a href=${href("events")}>${t("allEvents")}</a></h2>
    ${found.length > 0 ? html`<${EventList} events=${found} data=${data} />` : html`<p>${t("noIncidents")}</p>`}
  </section>`;
}
