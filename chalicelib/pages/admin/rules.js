// The rules, each in a sentence, with an editor beside the list. In a narrow window, the editor is a separate page.
import { html, useEffect, useMemo, useRef, useState } from "../base/html.js";
import { href, isPlainClick, leaveHash, toHash } from "../base/address.js";
import { send } from "../base/api.js";
import { useMedia } from "../base/view.js";
import { Fades } from "../figures/sparks.js";
import { Confirm } from "../frame/confirm.js";
import { Icon } from "../frame/icons.js";
import { Empty } from "../frame/notices.js";
import { explained } from "../text/errors.js";
import { dayAndMonth, label } from "../text/format.js";
import { t } from "../text/strings.js";
import { forgetDraft, useDrafts } from "./drafts.js";
import { isMuted } from "./mute.js";
import { RuleEditor, draftKey } from "./rule.js";
import { ruleText } from "./sentence.js";
import { Switch } from "./switch.js";

const WIDE = "(min-width: 73.75em)"; // the same as in the style sheet
const LIST = "alerts/rules";
const addressOf = (id) => `${LIST}/${id}`;

/** id: from the address, that of the rule to edit, or "new". refresh(): requests all data again. */
export function Rules({ data, id, refresh }) {
  const { rules } = data;
  const wide = useMedia(WIDE);
  const names = useNames(data);
  const isEdited = useDrafts();
  const isNewEdited = isEdited(draftKey());
  const { shown, toggle, problem } = useToggles(rules, refresh);
  const [deleting, setDeleting] = useState(null);
  const asked = id === "new" ? undefined : shown.find((one) => one.id === Number(id));
  const isOpen = id === "new" || Boolean(asked);
  const rule = isOpen ? asked : wide ? shown[0] : undefined;
  const close = () => leaveHash(LIST);
  async function onDelete() {
    await send("DELETE", `api/rule/${deleting.id}`);
    forgetDraft(draftKey(deleting));
    setDeleting(null);
    leaveHash(LIST);
    refresh();
  }
  async function onSaved(saved) {
    await refresh();
    if (!wide) close();
    else if (id === "new") toHash(addressOf(saved), { replace: true });
  }
  const editor = (isOpen || rule) &&
  html`<${RuleEditor}
    key=${rule?.id ?? "new"}
    ...${{ rule, data, names, onSaved }}
    asked=${isOpen}
    level=${wide ? "h2" : "h1"}
    toggle=${(on) => toggle(rule, on)}
    onDelete=${() => setDeleting(rule)}
    onCancel=${() => (wide && rule) || close()}
    onClose=${close}
  />`;
  useFocusBack(isOpen ? id : "");
  return html`
    <div class=${`cols ${isOpen ? "open" : ""}`}>
      ${(wide || !isOpen) &&
      html`<div>
        <p class="error" role="alert">${problem}</p>
        ${shown.length === 0 && !isNewEdited
          ? html`<${Empty} title=${t("noRules")} hint=${t("noRulesHint")} />`
          : html`<ul class="card rules">
              ${isNewEdited && html`<${NewLine} current=${id === "new"} />`}
              ${shown.map(
                (one) => html`<${Line}
                  key=${one.id}
                  rule=${one}
                  text=${ruleText(one, names)}
                  current=${one === rule}
                  edited=${isEdited(draftKey(one))}
                  events=${data.events.filter((event) => event.rule_id === one.id)}
                  open=${data.open.filter((event) => event.rule_id === one.id)}
                  onToggle=${(on) => toggle(one, on)}
                />`,
              )}
            </ul>`}
      </div>`}
      ${editor}
    </div>
    <${Fades} />
    ${deleting &&
    html`<${Confirm} title=${t("deleteRule")} lead=${t("deleteRuleLead")} name=${deleting.name} onDelete=${onDelete} onClose=${() => setDeleting(null)} />`}
  `;
}

/** Returns the focus to the link of a rule when its editor is closed. id: that of the rule in the editor, or "". */
function useFocusBack(id) {
  const before = useRef("");
  useEffect(() => {
    if (!id && before.current) document.querySelector(`.rules a[href$="/${before.current}"]`)?.focus();
    before.current = id;
  }, [id]);
}

/** {server(id), monitor(id)}: their names, or "#" and the ID of those that no longer exist. */
export function useNames({ servers, monitors }) {
  return useMemo(() => {
    const [known, probed] = [servers, monitors].map((all) => new Map(all.map((one) => [one.id, one])));
    return { server: (id) => known.get(id)?.label ?? `#${id}`, monitor: (id) => label(probed.get(id)?.name, `#${id}`) };
  }, [servers, monitors]);
}

/** The rules as their switches show them: a switch changes as soon as it is pressed, and back if the request fails. */
function useToggles(rules, refresh) {
  const [pressed, setPressed] = useState({});
  const [problem, setProblem] = useState("");
  const shown = useMemo(() => rules.map((one) => (one.id in pressed ? { ...one, enabled: pressed[one.id] } : one)), [rules, pressed]);
  async function toggle({ id }, enabled) {
    setPressed((old) => ({ ...old, [id]: enabled }));
    setProblem("");
    try {
      await send("PATCH", `api/rule/${id}`, { enabled });
      await refresh();
    } catch (error) {
      if (error.status !== 401) setProblem(explained(error));
    }
    setPressed(({ [id]: _, ...rest }) => rest);
  }
  return { shown, toggle, problem };
}

function Line({ rule, text, current, edited, events, open, onToggle }) {
  const name = label(rule.name);
  return html`<li class=${rule.enabled ? "" : "off"} aria-current=${current ? "true" : undefined}>
    <${Switch} label=${name} on=${rule.enabled} onChange=${onToggle} />
    <${Link} id=${rule.id} name=${name} text=${text} />
    <span class=${`chips ${edited || open.length ? "" : "calm"}`}>
      ${edited && html`<span class="chip accent">${t("unsaved")}</span>`}
      <${State} rule=${rule} events=${events} open=${open} />
    </span>
  </li>`;
}

function NewLine({ current }) {
  return html`<li class="off" aria-current=${current ? "true" : undefined}>
    <span class="switched"><${Icon} name="plus" /></span>
    <${Link} id="new" name=${t("newRule")} text=${t("notSavedYet")} />
    <span class="chips"><span class="chip accent">${t("unsaved")}</span></span>
  </li>`;
}

/** A real link, so that it can be opened in a new tab. A plain click opens the editor; see toHash for going back. */
function Link({ id, name, text }) {
  const address = addressOf(id);
  const onClick = (event) => {
    if (!isPlainClick(event)) return;
    event.preventDefault();
    toHash(address);
  };
  return html`<a class="what" href=${href(`dashboard#${address}`)} onClick=${onClick}><b><bdi>${name}</bdi></b><span class="sub"><bdi>${text}</bdi></span></a>`;
}

function State({ rule, events, open }) {
  if (!rule.enabled) return html`<span class="chip">${t("ruleOff")}</span>`;
  if (open.length) {
    const [first] = open;
    const name = first.server || first.monitor;
    return html`<span class="chip warn"><bdi>${open.length === 1 && name ? t("firingFor", { name: label(name) }) : t("firing", { count: open.length })}</bdi></span>`;
  }
  if (isMuted(rule.muted_until)) return html`<span class="chip">${t("muted")}</span>`;
  const last = events.find((one) => one.ended !== null);
  return html`<span class="chip">${last ? t("ruleOkLast", { day: dayAndMonth(last.ended) }) : t("ruleOk")}</span>`;
}
