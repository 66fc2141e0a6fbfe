// One event: what happened, when, and which messages were sent about it.
import { html } from "../base/html.js";
import { Dialog } from "../frame/dialog.js";
import { label, moment } from "../text/format.js";
import { t } from "../text/strings.js";
import { TYPES, limitsOf, scaleOf } from "./condition_types.js";
import { ruleText } from "./sentence.js";

const REASONS = { recovered: "reason_recovered", rule_changed: "reason_rule_changed", deleted: "reason_deleted" };
const TOLD = { began: "told_began", ended: "told_ended", reminder: "told_reminder" };

const subject = ({ server, monitor }) => [server, monitor].filter(Boolean).map((name) => label(name)).join(" → ") || "–";

export function EventLine({ event, onOpen }) {
  const name = subject(event);
  const { began, ended } = event;
  return html`<div class="line bare" role="listitem">
    <div class="what">
      <b><bdi>${name}</bdi></b>
      <span class="sub"><bdi>${label(event.rule)}</bdi></span>
    </div>
    <span class=${`when ${ended === null ? "bad" : ""}`}>
      ${ended === null ? t("openSince", { time: moment(began) }) : t("lasted", { from: moment(began), to: moment(ended) })}
    </span>
    <div class="does">
      <button class="button quiet" type="button" onClick=${onOpen} aria-label=${t("detailsOf", { name })}>${t("details")}</button>
    </div>
  </div>`;
}

/** rule: as it is now; undefined if it was deleted. names: {server(id), monitor(id)}. */
export function Event({ event, rule, names, channels, onClose }) {
  const channelNames = new Map(channels.map(({ id, name }) => [id, name]));
  return html`<${Dialog} title=${html`<bdi>${t("eventOf", { name: subject(event) })}</bdi>`} onClose=${onClose}>
    <dl class="facts">
      <div><dt>${t("theRule")}</dt><dd><bdi>${label(event.rule)}</bdi>${rule && html`<p class="hint">${ruleText(rule, names)}</p>`}</dd></div>
      ${event.ended === null && hasValue(rule) && html`<div><dt>${t("eventValue")}</dt><dd>${valueText(event, rule)}</dd></div>`}
      <div><dt>${t("eventBegan")}</dt><dd>${moment(event.began)}</dd></div>
      <div><dt>${t("eventEnded")}</dt><dd>${event.ended === null ? t("eventOpen") : `${moment(event.ended)} · ${t(REASONS[event.reason])}`}</dd></div>
    </dl>
    <h3>${t("messages")}</h3>
    ${event.deliveries.length === 0 && html`<p class="hint">${t("noMessages")}</p>`}
    <ul class="plain">
      ${event.deliveries.map(
        (one) => html`<li>
          <bdi>${label(channelNames.get(one.channel_id) ?? t("deletedChannel"))}</bdi>: ${t(TOLD[one.kind])}, ${outcome(one)}
        </li>`,
      )}
    </ul>
    <div class="buttons"><button class="button primary" type="button" onClick=${onClose}>${t("done")}</button></div>
  <//>`;
}

/** Values are shown for open events only: after an event ended, its rule may have been changed to watch something else. */
const hasValue = (rule) => Boolean(rule) && limitsOf(rule.conditions[0].type).length > 0;
const valueText = ({ value }, { conditions: [{ type }] }) => `${t(TYPES[type])} ${scaleOf(type).show(Math.round(value * 100) / 100)}`;

function outcome({ delivered, error, at }) {
  if (delivered) return `${t("delivered")} ${moment(at)}`;
  return error ? t("notDelivered", { why: error }) : t("waitingToSend");
}
