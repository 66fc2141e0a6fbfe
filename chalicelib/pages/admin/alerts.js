// The alerts section: rules that find events, channels that get messages about them and when not, and the events.
import { html, useState } from "../base/html.js";
import { href, toHash } from "../base/address.js";
import { Icon } from "../frame/icons.js";
import { Empty } from "../frame/notices.js";
import { t } from "../text/strings.js";
import { Channels } from "./channels.js";
import { Event, EventLine } from "./event.js";
import { Messages } from "./messages.js";
import { Rules, useNames } from "./rules.js";

const PARTS = {
  rules: { words: "rules", View: Rules, add: "newRule" },
  channels: { words: "channels", View: Channels, add: "newChannel" },
  events: { words: "alertEvents", View: Events },
  quiet: { words: "quietHours", View: ({ live }) => html`<div class="sheets"><${Messages} live=${live} /></div>` },
};

/** path: the address after "alerts": the part, and the ID of what is open in it, or "new". */
export function Alerts({ live, path: [named, id] }) {
  const part = Object.hasOwn(PARTS, named) ? named : "rules";
  const { View, add } = PARTS[part];
  const counts = { rules: live.data.rules.length, channels: live.data.channels.length, events: live.data.open.length };
  return html`
    <div class="pagehead">
      <h1>${t("alerts")}</h1>
      <nav class="seg" aria-label=${t("alerts")}>
        ${Object.entries(PARTS).map(
          ([key, { words }]) => html`<a key=${key} href=${href(`dashboard#alerts/${key}`)} aria-current=${key === part ? "page" : undefined}>
            ${t(words)}${counts[key] > 0 && html`<b>${counts[key]}</b>`}
          </a>`,
        )}
      </nav>
      ${add &&
      html`<button class="button primary" type="button" onClick=${() => toHash(`alerts/${part}/new`, part === "rules" ? {} : { replace: true })}><${Icon} name="plus" />${t(add)}</button>`}
    </div>
    <${View} live=${live} data=${live.data} id=${id} refresh=${live.refresh} />
  `;
}

function Events({ data }) {
  const { events, rules, channels } = data;
  const [shown, setShown] = useState(null);
  const names = useNames(data);
  return html`
    ${events.length === 0
      ? html`<${Empty} title=${t("noEvents")} hint=${t("noEventsHint")} />`
      : html`<div class="card lines" role="list">
          ${events.map((event) => html`<${EventLine} key=${event.id} event=${event} onOpen=${() => setShown(event)} />`)}
        </div>`}
    ${shown && html`<${Event} event=${shown} rule=${rules.find(({ id }) => id === shown.rule_id)} ...${{ names, channels }} onClose=${() => setShown(null)} />`}
  `;
}
