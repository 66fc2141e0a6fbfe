// What needs attention: servers that are offline, then those for which a rule fires.
import { html } from "../base/html.js";
import { href } from "../base/address.js";
import { Dot, Flag } from "../figures/marks.js";
import { Spark } from "../figures/sparks.js";
import { Icon } from "../frame/icons.js";
import { duration, exactMoment, moment } from "../text/format.js";
import { t } from "../text/strings.js";

const MOST = 6;

export function Trouble({ servers, data }) {
  const found = servers
    .filter((one) => one.state === "offline" || one.state === "warn")
    .sort((a, b) => (b.state === "offline") - (a.state === "offline") || since(b) - since(a));
  if (!found.length) return null;
  const more = found.length - MOST;
  return html`<section class="attention" aria-labelledby="attention">
    <h2 id="attention"><${Icon} name="alert" />${t("needAttention", { count: found.length })}
      ${more > 0 && html`<a href=${href("?status=offline")}>${t("moreTrouble", { count: more })}</a>`}
    </h2>
    <ul>${found.slice(0, MOST).map((server) => html`<${Item} key=${server.id} server=${server} data=${data} />`)}</ul>
  </section>`;
}

/** When its trouble began: the later, the further up. */
const since = (server) => (server.state === "offline" ? server.last_active : Math.max(...server.events.map((one) => one.began)));

function Item({ server, data }) {
  const offline = server.state === "offline";
  const event = server.events[0];
  const curve = data.spark?.get(server.id)?.cpu;
  return html`<li class=${server.state}>
    <a href=${href(`server/${server.id}`)}>
      <${Dot} state=${server.state} /><${Flag} code=${server.host.CountryCode} /><bdi>${server.label}</bdi>
      <span class=${offline ? "bad" : "warn"}>${offline ? t("offlineFor", { time: duration(server.silence) }) : firing(event, data.now)}</span>
    </a>
    <p>${offline ? t("lastReport", { time: exactMoment(server.last_active) }) : t("sinceMoment", { time: moment(event.began) })}</p>
    ${curve && html`<${Spark} values=${curve} color=${offline ? "muted" : "warn-fill"} floor=${100} />`}
  </li>`;
}

const firing = (event, now) => t("ruleFor", { rule: event.rule, time: duration(now - event.began) });
