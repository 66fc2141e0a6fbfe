// Dialogs, using the browser's own: focus stays inside, Escape closes them, and focus returns to where it was.
import { html, useLayoutEffect, useRef } from "../base/html.js";
import { t } from "../text/strings.js";
import { Icon } from "./icons.js";
import { SessionNotice } from "./notices.js";

/** Something to fill in, or to read once. A press beside it closes nothing, which would lose what was typed. */
export function Dialog({ title, onClose, children }) {
  const heading = useRef(null);
  return html`<${Modal} class="dialog" labelledby="dialog-title" heading=${heading} onClose=${onClose}>
    <div class="head">
      <h2 id="dialog-title" ref=${heading} tabindex="-1">${title}</h2>
      <button class="icon-button" type="button" onClick=${onClose} aria-label=${t("close")}><${Icon} name="close" /></button>
    </div>
    <${SessionNotice} />
    ${children}
  <//>`;
}

/** Something to look at or to choose from, at the foot of a small screen; a press beside it closes it. */
export function Sheet({ title, onClose, children }) {
  const heading = useRef(null);
  return html`<${Modal} class="dialog sheet" labelledby="dialog-title" heading=${heading} onClose=${onClose} light>
    <div class="head">
      <h2 id="dialog-title" ref=${heading} tabindex="-1">${title}</h2>
      <button class="icon-button" type="button" onClick=${onClose} aria-label=${t("close")}><${Icon} name="close" /></button>
    </div>
    ${children}
  <//>`;
}

/** light: whether a press beside it closes it. heading: what gets the focus where nothing inside asks for it. */
export function Modal({ labelledby, label, heading, onClose, light = false, children, ...rest }) {
  const box = useRef(null);
  // Not after drawing: when one dialog follows another, the first has to give the focus back before the second takes it.
  useLayoutEffect(() => {
    const before = document.activeElement;
    const dialog = box.current;
    dialog.showModal();
    // A form's first field has asked for focus; elsewhere reading begins at the title, not at the button that closes.
    if (!dialog.querySelector("[autofocus]")) heading?.current.focus();
    return () => {
      dialog.close(); // while it is open, nothing outside it can have the focus
      if (before?.isConnected) before.focus({ preventScroll: true });
    };
  }, []);

  function onCancel(event) {
    event.preventDefault();
    onClose();
  }

  // A press that began inside and ended outside, as when text is selected, closes nothing.
  const pressed = useRef(false);
  return html`<dialog
    ref=${box}
    aria-labelledby=${labelledby}
    aria-label=${label}
    onCancel=${onCancel}
    onMouseDown=${(event) => (pressed.current = event.target === box.current)}
    onClick=${(event) => light && event.target === box.current && pressed.current && onClose()}
    ...${rest}
  >
    <div class="inside">${children}</div>
  </dialog>`;
}
