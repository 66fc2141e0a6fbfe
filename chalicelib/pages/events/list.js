// A list of events: what happened to which server or monitor, when, for how long, and who was notified.
import { html } from "../base/html.js";
import { href } from "../base/address.js";
import { Dot } from "../figures/marks.js";
import { duration, label, moment } from "../text/format.js";
import { t } from "../text/strings.js";
import { notified, useChannels } from "./notified.js";

/** events: from the API. data: from data.js. */
export function EventList({ events, data }) {
  const known = new Set(data.servers.map((one) => one.id));
  const channels = useChannels(data, events);
  return html`<ul class="events">
    ${events.map((one) => html`<${Line} key=${one.id} event=${one} now=${data.now} linked=${known.has(one.server_id)} channels=${channels} />`)}
  </ul>`;
}

/** linked: whether there is a page for its server. */
function Line({ event, now, linked, channels }) {
  const { rule, server, server_id: id, monitor, began, ended } = event;
  const open = ended === null;
  const name = html`<bdi>${label(server || monitor)}</bdi>`;
  const time = open ? t("sinceMoment", { time: moment(began) }) : t("fromTo", { from: moment(began), to: moment(ended) });
  return html`<li>
    <${Dot} state=${open ? "warn" : "online"} />
    <b>${linked ? html`<a href=${href(`server/${id}`)}>${name}</a>` : name} · <bdi>${label(rule)}</bdi></b>
    <span>${duration((ended ?? now) - began)}</span>
    <small>${[time, server && monitor && label(monitor), notified(event, channels)].filter(Boolean).join(" · ")}</small>
  </li>`;
}
