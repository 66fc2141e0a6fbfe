// The newest incidents, below the monitors, for people who may see events.
import { html } from "../base/html.js";
import { href } from "../base/address.js";
import { useOptional } from "../base/optional.js";
import { Dot } from "../figures/marks.js";
import { duration, label, moment } from "../text/format.js";
import { t } from "../text/strings.js";

const SHOWN = 20;

export function Incidents({ data }) {
  const found = useOptional(data.showsEvents ? `api/event?limit=${SHOWN}` : null, 60);
  if (!found) return null;
  const known = new Set(data.servers.map((one) => one.id));
  return html`<section class="card incidents" aria-labelledby="incidents">
    <h2 id="incidents">${t("incidents")}${data.hasFeed && html`<a href=${href("incidents.atom")}>${t("feed")}</a>`}</h2>
    ${found.length > 0
      ? html`<ul class="events">${found.map((one) => html`<${Incident} key=${one.id} event=${one} now=${data.now} linked=${known.has(one.server_id)} />`)}</ul>`
      : html`<p>${t("noIncidents")}</p>`}
  </section>`;
}

/** linked: whether there is a page of its server. */
function Incident({ event, now, linked }) {
  const { rule, server, server_id: id, monitor, began, ended } = event;
  const open = ended === null;
  const name = html`<bdi>${label(server || monitor)}</bdi>`;
  const time = open ? t("sinceMoment", { time: moment(began) }) : t("fromTo", { from: moment(began), to: moment(ended) });
  return html`<li>
    <${Dot} state=${open ? "warn" : "online"} />
    <b>${linked ? html`<a href=${href(`server/${id}`)}>${name}</a>` : name} · <bdi>${label(rule)}</bdi></b>
    <span>${duration((ended ?? now) - began)}</span>
    <small>${[time, server && monitor && label(monitor)].filter(Boolean).join(" · ")}</small>
  </li>`;
}
