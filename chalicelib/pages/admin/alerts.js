// The admin's alerts: events, the rules that find them, and the channels that tell of them.
import { html, useState } from "../base/html.js";
import { send } from "../base/api.js";
import { Confirm } from "../frame/confirm.js";
import { Icon } from "../frame/icons.js";
import { Empty } from "../frame/notices.js";
import { label } from "../text/format.js";
import { t } from "../text/strings.js";
import { EditChannel, TestChannel } from "./channel.js";
import { conditionText } from "./condition.js";
import { Event, EventLine } from "./event.js";
import { Muted } from "./mute.js";
import { EditRule } from "./rule.js";

/** id: "channel" to add one at once, from the address. */
export function Alerts({ live, id }) {
  const [open, setOpen] = useState(id === "channel" ? { kind: "channel" } : null); // {kind, thing}
  const { events, rules, channels, servers, monitors } = live.data;
  const close = () => {
    setOpen(null);
    if (id) location.hash = "#alerts";
  };
  const done = () => {
    close();
    live.refresh();
  };
  const remove = (path) => async () => {
    await send("DELETE", `${path}/${open.thing.id}`);
    done();
  };
  return html`
    <div class="pagehead">
      <h1>${t("alerts")}</h1>
      <${New} words=${t("newRule")} onClick=${() => setOpen({ kind: "rule" })} primary />
      <${New} words=${t("newChannel")} onClick=${() => setOpen({ kind: "channel" })} />
    </div>
    <h2 class="part">${t("alertEvents")}</h2>
    <${List} things=${events} none=${[t("noEvents"), t("noEventsHint")]}>
      ${(event) => html`<${EventLine} key=${event.id} event=${event} onOpen=${() => setOpen({ kind: "event", thing: event })} />`}
    <//>
    <h2 class="part">${t("rules")}</h2>
    <${List} things=${rules} none=${[t("noRules"), t("noRulesHint")]}>
      ${(rule) => html`<${RuleLine} key=${rule.id} rule=${rule} onOpen=${setOpen} />`}
    <//>
    <h2 class="part">${t("channels")}</h2>
    <${List} things=${channels} none=${[t("noChannels"), t("noChannelsHint")]}>
      ${(channel) => html`<${ChannelLine} key=${channel.id} channel=${channel} onOpen=${setOpen} />`}
    <//>
    ${open?.kind === "event" && html`<${Event} event=${open.thing} channels=${channels} onClose=${close} />`}
    ${open?.kind === "rule" &&
    html`<${EditRule} rule=${open.thing} servers=${servers} channels=${channels} monitors=${monitors} onSaved=${done} onClose=${close} />`}
    ${open?.kind === "deleteRule" &&
    html`<${Confirm}
      title=${t("deleteRule")}
      lead=${t("deleteRuleLead")}
      name=${open.thing.name}
      onDelete=${remove("api/rule")}
      onClose=${close}
    />`}
    ${open?.kind === "channel" && html`<${EditChannel} channel=${open.thing} onSaved=${done} onClose=${close} />`}
    ${open?.kind === "test" && html`<${TestChannel} channel=${open.thing} onClose=${close} />`}
    ${open?.kind === "deleteChannel" &&
    html`<${Confirm}
      title=${t("deleteChannel")}
      lead=${t("deleteChannelLead")}
      name=${open.thing.name}
      onDelete=${remove("api/channel")}
      onClose=${close}
    />`}
  `;
}

const New = ({ words, onClick, primary }) =>
  html`<button class=${`button ${primary ? "primary" : ""}`} type="button" onClick=${onClick}><${Icon} name="plus" />${words}</button>`;

function List({ things, none: [title, hint], children }) {
  if (things.length === 0) return html`<${Empty} title=${title} hint=${hint} />`;
  return html`<div class="card lines" role="list">${things.map(children)}</div>`;
}

function RuleLine({ rule, onOpen }) {
  const name = label(rule.name);
  const opens = (kind) => () => onOpen({ kind, thing: rule });
  return html`<div class="line bare" role="listitem">
    <div class="what">
      <b><bdi>${name}</bdi></b>
      <span class="sub"><${Muted} until=${rule.muted_until} /><bdi>${rule.conditions.map(conditionText).join(" · ")}</bdi></span>
    </div>
    <span class="when">${rule.enabled ? t("seconds", { seconds: rule.duration }) : t("ruleOff")}</span>
    <div class="does">
      <button class="button quiet" type="button" onClick=${opens("rule")} aria-label=${t("editOf", { name })}>${t("edit")}</button>
      <button class="button quiet" type="button" onClick=${opens("deleteRule")} aria-label=${t("deleteOf", { name })}>${t("delete")}</button>
    </div>
  </div>`;
}

function ChannelLine({ channel, onOpen }) {
  const name = label(channel.name);
  const opens = (kind) => () => onOpen({ kind, thing: channel });
  return html`<div class="line bare" role="listitem">
    <div class="what">
      <b><bdi>${name}</bdi></b>
      <span class="sub">
        ${channel.heartbeat && html`<em class="badge">${t("heartbeatShort")}</em>`}
        <bdi>${label(channel.url)}</bdi>
      </span>
    </div>
    <span class="when"></span>
    <div class="does">
      <button class="button quiet" type="button" onClick=${opens("test")} aria-label=${t("testOf", { name })}>${t("test")}</button>
      <button class="button quiet" type="button" onClick=${opens("channel")} aria-label=${t("editOf", { name })}>${t("edit")}</button>
      <button class="button quiet" type="button" onClick=${opens("deleteChannel")} aria-label=${t("deleteOf", { name })}>${t("delete")}</button>
    </div>
  </div>`;
}
