// The channels: where messages go.
import { html } from "../base/html.js";
import { leaveHash } from "../base/address.js";
import { send } from "../base/api.js";
import { Confirm } from "../frame/confirm.js";
import { Icon } from "../frame/icons.js";
import { Empty } from "../frame/notices.js";
import { label } from "../text/format.js";
import { t } from "../text/strings.js";
import { EditChannel, TestChannel, channelKey } from "./channel.js";
import { forgetDraft, useKeptState } from "./drafts.js";
import { glyphOf } from "./notify.js";

/** id: from the address, "new" to add a channel. refresh(): requests all data again. */
export function Channels({ data: { channels }, id, refresh }) {
  const [open, setOpen] = useKeptState("channels", null); // {kind, channel}
  const isNew = id === "new";
  const close = () => {
    setOpen(null);
    if (isNew) leaveHash("alerts/channels");
  };
  const done = () => {
    close();
    refresh();
  };
  const onDelete = async () => {
    await send("DELETE", `api/channel/${open.channel.id}`);
    forgetDraft(channelKey(open.channel));
    done();
  };
  return html`
    ${channels.length === 0
      ? html`<${Empty} title=${t("noChannels")} hint=${t("noChannelsHint")} />`
      : html`<div class="card lines" role="list">
          ${channels.map((channel) => html`<${Line} key=${channel.id} channel=${channel} onOpen=${setOpen} />`)}
        </div>`}
    ${(isNew || open?.kind === "edit") && html`<${EditChannel} channel=${open?.channel} onSaved=${done} onClose=${close} />`}
    ${open?.kind === "test" && html`<${TestChannel} channel=${open.channel} onClose=${close} />`}
    ${open?.kind === "delete" &&
    html`<${Confirm} title=${t("deleteChannel")} lead=${t("deleteChannelLead")} name=${open.channel.name} onDelete=${onDelete} onClose=${close} />`}
  `;
}

function Line({ channel, onOpen }) {
  const name = label(channel.name);
  const opens = (kind) => () => onOpen({ kind, channel });
  return html`<div class="line" role="listitem">
    <span class="glyph"><${Icon} name=${glyphOf(channel)} /></span>
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
      <button class="button quiet" type="button" onClick=${opens("edit")} aria-label=${t("editOf", { name })}>${t("edit")}</button>
      <button class="button quiet danger" type="button" onClick=${opens("delete")} aria-label=${t("deleteOf", { name })}>${t("delete")}</button>
    </div>
  </div>`;
}
