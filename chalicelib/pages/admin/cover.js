// Which servers a rule, a condition or a monitor covers: all, all except some, or only some.
import { html, useMemo } from "../base/html.js";
import { Names } from "./names.js";
import { label } from "../text/format.js";
import { t } from "../text/strings.js";

const COVERS = { all: "coverAll", but: "coverAllBut", only: "coverOnly" };

/** The choices, as pairs of value and text. */
export const coverChoices = () => Object.entries(COVERS).map(([key, words]) => [key, t(words)]);

/** The value in a form. The dashboard also stores "all" for all except some. */
export const coverShown = ({ cover = "all", servers = [], tags = [] }) => (cover === "all" && (servers.length || tags.length) ? "but" : cover);

/** The value that the dashboard stores. */
export const coverStored = (cover) => (cover === "but" ? "all" : cover);

/** name, ids, tags: the names of the fields for the cover, server IDs and tags (if there are tags). names: {server(id)}. */
export function Cover({ form, name = "cover", ids = "servers", tags, title, hint, servers, names }) {
  const cover = form.values[name];
  const errorOf = form.errors[ids] || (tags && form.errors[tags]);
  return html`<fieldset class="field">
    <legend>${title}</legend>
    <div class="seg" role="group" aria-label=${title}>
      ${coverChoices().map(
        ([key, words]) => html`<button type="button" key=${key} aria-pressed=${key === cover} onClick=${() => form.set(name, key)}>${words}</button>`,
      )}
    </div>
    ${cover !== "all" && html`<${Named} ...${{ form, ids, tags, title, servers, names }} error=${errorOf} />`}
    ${hint && html`<p class="hint">${hint}</p>`}
    <p class="error" id=${`${ids}-error`} role="alert">${errorOf}</p>
  </fieldset>`;
}

function Named({ form, ids, tags, title, servers, names, error }) {
  const things = useMemo(() => [...(tags ? tagsOf(servers) : []), ...servers.map(serverThing)], [servers, tags]);
  const chosen = [...form.values[ids].map((id) => `server ${id}`), ...(tags ? form.values[tags].map((tag) => `tag ${tag}`) : [])];
  function onChange(keys) {
    const of = (kind) => keys.filter((key) => key.startsWith(kind)).map((key) => key.slice(kind.length));
    form.set(ids, of("server ").map(Number).sort((a, b) => a - b));
    if (tags) form.set(tags, of("tag ").sort());
  }
  return html`<${Names}
    id=${ids}
    label=${title}
    placeholder=${t(tags ? "serverOrTag" : "server")}
    things=${things}
    chosen=${chosen}
    unknown=${(key) => (key.startsWith("tag ") ? label(key.slice(4)) : names.server(Number(key.slice(7))))}
    error=${error}
    onChange=${onChange}
  />`;
}

const serverThing = ({ id, label: words, words: searched, tagLabel }) => ({ key: `server ${id}`, label: words, words: searched, kind: tagLabel });

function tagsOf(servers) {
  const tags = [...new Set(servers.map(({ tag }) => tag).filter(Boolean))].sort();
  return tags.map((tag) => ({ key: `tag ${tag}`, label: label(tag), words: tag.toLowerCase(), kind: t("tag") }));
}
