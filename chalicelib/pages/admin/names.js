// A field to choose several things by typing their names. It shows the chosen ones in front, and matches below.
import { html, useMemo, useRef, useState } from "../base/html.js";
import { t } from "../text/strings.js";
import { Icon } from "../frame/icons.js";

const SHOWN = 50;

/**
 * things: [{key, label, words, kind}] in the order of the list; words: the text to search, in lower case; kind: shown
 * next to the label. chosen: keys. unknown(key): the label of a chosen key that is not in `things`. onChange(keys).
 */
export function Names({ id, label, placeholder, things, chosen, unknown = String, error, onChange }) {
  const [text, setText] = useState("");
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(0);
  const input = useRef(null);
  const known = useMemo(() => new Map(things.map((one) => [one.key, one])), [things]);
  const word = text.trim().toLowerCase();
  const found = open ? things.filter((one) => !chosen.includes(one.key) && one.words.includes(word)).slice(0, SHOWN) : [];
  const active = Math.min(at, found.length - 1);
  const list = `${id}-list`;

  function add(one) {
    onChange([...chosen, one.key]);
    setText("");
    setAt(0);
  }

  function remove(key) {
    onChange(chosen.filter((one) => one !== key));
    input.current.focus();
  }

  function onKeyDown(event) {
    const { key } = event;
    if (key === "ArrowDown" || key === "ArrowUp") {
      setOpen(true);
      setAt(found.length && open ? (active + (key === "ArrowDown" ? 1 : found.length - 1)) % found.length : 0);
    } else if (key === "Enter" && (open || text)) {
      if (found[active]) add(found[active]);
    } else if (key === "Escape" && open) {
      setOpen(false);
      event.stopPropagation();
    } else if (key === "Backspace" && !text && chosen.length) {
      remove(chosen.at(-1));
    } else {
      return;
    }
    event.preventDefault();
  }

  function onInput(event) {
    setText(event.target.value);
    setOpen(true);
    setAt(0);
  }

  return html`<div class=${`names ${error ? "wrong" : ""}`} onMouseDown=${(event) => event.target === event.currentTarget && setTimeout(() => input.current.focus())}>
    ${chosen.map((key) => html`<${Chosen} key=${key} words=${known.get(key)?.label ?? unknown(key)} onRemove=${() => remove(key)} />`)}
    <input
      ref=${input}
      id=${id}
      type="text"
      role="combobox"
      autocomplete="off"
      aria-label=${label}
      aria-expanded=${found.length > 0 ? "true" : "false"}
      aria-controls=${list}
      aria-autocomplete="list"
      aria-activedescendant=${found.length ? `${list}-${active}` : undefined}
      aria-invalid=${error ? "true" : undefined}
      aria-describedby=${error ? `${id}-error` : undefined}
      placeholder=${placeholder}
      value=${text}
      onInput=${onInput}
      onKeyDown=${onKeyDown}
      onClick=${() => setOpen(true)}
      onBlur=${() => setOpen(false)}
    />
    <ul id=${list} role="listbox" aria-label=${label} hidden=${!found.length}>
      ${found.map(
        (one, place) => html`<li
          key=${one.key}
          id=${`${list}-${place}`}
          role="option"
          aria-selected=${place === active ? "true" : "false"}
          ref=${place === active ? inSight : undefined}
          onMouseDown=${(event) => event.preventDefault()}
          onClick=${() => add(one)}
        ><bdi>${one.label}</bdi>${one.kind && html`<small>${one.kind}</small>`}</li>`,
      )}
    </ul>
  </div>`;
}

function Chosen({ words, onRemove }) {
  return html`<span class="chip">
    <bdi>${words}</bdi>
    <button type="button" aria-label=${t("removeOf", { name: words })} onClick=${onRemove}><${Icon} name="close" /></button>
  </span>`;
}

/** Scrolls the list to an option. scrollIntoView would scroll the page, too. */
function inSight(option) {
  const list = option?.parentElement;
  if (!list) return;
  if (option.offsetTop < list.scrollTop) list.scrollTop = option.offsetTop;
  const below = option.offsetTop + option.offsetHeight - list.clientHeight;
  if (below > list.scrollTop) list.scrollTop = below;
}
