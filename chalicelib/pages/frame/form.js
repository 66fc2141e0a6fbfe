// Forms that show each error next to its field.
import { html, useState } from "../base/html.js";
import { explained, explainedBeside } from "../text/errors.js";
import { t } from "../text/strings.js";
import { Icon } from "./icons.js";

/** One labeled control. children(attributes): the control with attributes that connect it to its label, hint and error. */
export function Field({ name, label, hint, error, children }) {
  const [hintId, errorId] = [`${name}-hint`, `${name}-error`];
  const described = [hint && hintId, error && errorId].filter(Boolean).join(" ");
  const attributes = {
    id: name,
    name,
    "aria-invalid": error ? "true" : undefined,
    "aria-describedby": described || undefined,
  };
  return html`<div class=${`field ${error ? "wrong" : ""}`}>
    <label for=${name}>${label}</label>
    ${children(attributes)} ${hint && html`<p class="hint" id=${hintId}>${hint}</p>`}
    <p class="error" id=${errorId} role="alert">${error}</p>
  </div>`;
}

export function Text({ form, name, label, hint, most, lines, type = "text", ...rest }) {
  return html`<${Field} name=${name} label=${label} hint=${hint} error=${form.errors[name]}>
    ${(attributes) => {
      const common = {
        ...attributes,
        autocomplete: "off",
        ...rest,
        value: form.values[name],
        maxlength: most,
        onInput: (event) => form.set(name, event.target.value),
      };
      return lines ? html`<textarea ...${common} rows=${lines}></textarea>` : html`<input ...${common} type=${type} />`;
    }}
  <//>`;
}

/** choices: pairs of value and text. */
export function Choice({ form, name, label, hint, choices }) {
  return html`<${Field} name=${name} label=${label} hint=${hint} error=${form.errors[name]}>
    ${(attributes) => html`<${Select} ...${attributes} value=${form.values[name]} choices=${choices} onChange=${(value) => form.set(name, value)} />`}
  <//>`;
}

/** A select element without label and hint. rest: the element's attributes. */
export function Select({ choices, onChange, ...rest }) {
  return html`<div class="select">
    <select ...${rest} onChange=${(event) => onChange(event.target.value)}>
      ${choices.map(([value, words]) => html`<option value=${value}>${words}</option>`)}
    </select>
    <${Icon} name="caret" />
  </div>`;
}

export function Check({ form, name, label, hint }) {
  return html`<div class="field">
    <label class="check">
      <input
        type="checkbox"
        id=${name}
        checked=${form.values[name]}
        aria-describedby=${hint ? `${name}-hint` : undefined}
        onChange=${(event) => form.set(name, event.target.checked)}
      />
      ${label}
    </label>
    ${hint && html`<p class="hint" id=${`${name}-hint`}>${hint}</p>`}
    <p class="error" role="alert">${form.errors[name]}</p>
  </div>`;
}

/**
 * A form's values, errors and submission. check(values): errors by field, found before anything is sent.
 * submit(values): sends the form; the dashboard's errors about a field appear beside it, others in `problem`.
 * changed(): called after every change.
 */
export function useForm(initial, { check = () => ({}), submit, changed = () => {} }) {
  const [values, setValues] = useState(initial);
  const [errors, setErrors] = useState({});
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);

  /** value: the new value, or a function that returns it given the old one. */
  function set(name, value) {
    setValues((old) => ({ ...old, [name]: typeof value === "function" ? value(old[name]) : value }));
    const isOfIt = (field) => field === name || field.startsWith(`${name}[`);
    setErrors((old) => Object.fromEntries(Object.entries(old).filter(([field]) => !isOfIt(field))));
    setProblem("");
    changed();
  }

  /** Shows why a value was not accepted. */
  const fail = (name, words) => setErrors((old) => ({ ...old, [name]: words }));

  /** Replaces all values, and clears the errors. */
  function fill(others) {
    setValues(others);
    setErrors({});
    setProblem("");
  }

  async function onSubmit(event) {
    event.preventDefault();
    if (busy) return;
    const form = event.currentTarget;
    const found = check(values);
    setErrors(found);
    setProblem("");
    if (Object.values(found).some(Boolean)) {
      focusFirst(form);
      return;
    }
    setBusy(true);
    try {
      await submit(values);
    } catch (error) {
      if (isShown(error.field, values)) {
        setErrors({ [error.field]: explainedBeside(error) });
        focusFirst(form);
      } else if (error.status !== 401) {
        setProblem(explained(error)); // there is a separate notice for an expired session
      }
    }
    setBusy(false);
  }

  return { values, errors, problem, busy, set, fail, fill, onSubmit };
}

/** Whether the form can show an error of this field. A list's form shows those of its entries, "conditions[0].above". */
const isShown = (field, values) => field && (field in values || field.replace(/\[.*/, "") in values);

function focusFirst(form) {
  setTimeout(() => form.querySelector("[aria-invalid]")?.focus());
}

/** The end of a form: an error that concerns no field, or `done`, and its buttons. */
export function Buttons({ form, words, done, danger = false, onCancel }) {
  return html`<div class="send">
    <p class="error" role="alert">${form.problem}</p>
    <div class="buttons">
      <button class=${`button ${danger ? "danger" : "primary"}`} type="submit" disabled=${form.busy}>${words}</button>
      ${onCancel && html`<button class="button" type="button" onClick=${onCancel}>${t("cancel")}</button>`}
      <p class="good" role="status">${done || ""}</p>
    </div>
  </div>`;
}

export const needed = (text) => (text.trim() ? undefined : t("required"));
