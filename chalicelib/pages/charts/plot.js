// One chart: its layers as SVG, and above them the crosshair, which moves without drawing the layers again.
import { html, useEffect, useMemo, useRef } from "../base/html.js";
import { unitNow, useWidth } from "../base/view.js";
import { hourAndMinute, moment } from "../text/format.js";
import { indexAt } from "./columns.js";
import { frameOf, layersOf } from "./layers.js";

const SVG = "http://www.w3.org/2000/svg";
const LEAST_DRAG = 6; // pixels from which on a press is a selection

/**
 * spec: see layers.js, and {id, label}. onZoom([from, to]): called after a drag; onZoom(null): after a double click. box: a
 * ref for the element.
 */
export function Plot({ spec, cursor, onZoom, box = useRef(null) }) {
  const over = useRef(null);
  const width = useWidth(box);
  const unit = unitNow();
  const frame = useMemo(() => frameOf(spec, Math.max(width, 120), unit), [spec, width, unit]);
  const layers = useMemo(() => layersOf(spec, frame), [spec, frame]);
  useEffect(() => {
    const draw = (now) => drawCrosshair(over.current, spec, frame, now);
    draw(cursor.now);
    return cursor.watch(draw);
  }, [spec, frame, cursor]);
  const handlers = useHandlers(spec, frame, cursor, onZoom, over);

  return html`<div class="plot" ref=${box} tabindex="0" role="group" aria-label=${spec.label} ...${handlers}>
    ${width > 0 &&
    html`<svg width=${width} height=${frame.height} viewBox=${`0 0 ${width} ${frame.height}`} role="img" aria-label=${spec.label}>
      <${Layers} id=${spec.id} layers=${layers} />
      <g ref=${over} aria-hidden="true"></g>
    </svg>`}
  </div>`;
}

function Layers({ id, layers }) {
  return html`<g aria-hidden="true">
    ${layers.map((one, index) => {
      if (one.text !== undefined) {
        return html`<text x=${one.x.toFixed(1)} y=${one.y.toFixed(1)} text-anchor=${one.anchor} fill=${`var(--${one.color})`} class=${one.strong ? "strong" : ""}>${one.text}</text>`;
      }
      if (one.stroke) {
        return html`<path d=${one.d} fill="none" stroke=${`var(--${one.stroke})`} stroke-width=${one.width} stroke-dasharray=${one.dash || undefined} stroke-opacity=${one.opacity} />`;
      }
      if (!one.fade) return html`<path d=${one.d} fill=${`var(--${one.fill})`} fill-opacity=${one.opacity} />`;
      const fade = `fade-${id}-${index}`;
      return html`<linearGradient id=${fade} gradientUnits="userSpaceOnUse" x1="0" x2="0" y1=${one.fade[0]} y2=${one.fade[1]}>
          <stop stop-color=${`var(--${one.fill})`} stop-opacity=${0.34 * one.opacity} />
          <stop offset="1" stop-color=${`var(--${one.fill})`} stop-opacity=${0.04 * one.opacity} />
        </linearGradient>
        <path d=${one.d} fill=${`url(#${fade})`} />`;
    })}
  </g>`;
}

function useHandlers(spec, frame, cursor, onZoom, over) {
  const drag = useRef(null);
  const within = (time) => Math.min(spec.to, Math.max(spec.from, time));
  const timeAt = (event) => within(frame.time(event.clientX - event.currentTarget.getBoundingClientRect().left));

  function read(time, keys = false) {
    cursor.set({ at: time, chart: spec.id, keys });
  }

  function onPointerDown(event) {
    if (event.pointerType === "touch") return read(timeAt(event));
    if (event.button !== 0) return;
    drag.current = { x: event.clientX, from: timeAt(event) };
  }

  function onPointerMove(event) {
    const time = timeAt(event);
    read(time);
    if (!drag.current || Math.abs(event.clientX - drag.current.x) < LEAST_DRAG) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    drawSelection(over.current, frame, drag.current.from, time);
  }

  function onPointerUp(event) {
    const began = drag.current;
    drag.current = null;
    if (!began || Math.abs(event.clientX - began.x) < LEAST_DRAG) return;
    const [from, to] = [began.from, timeAt(event)].sort((a, b) => a - b);
    onZoom([Math.floor(from), Math.ceil(Math.max(to, from + 2 * spec.step))]);
  }

  /** Removes the crosshair, except for a finger: after it is lifted, the crosshair stays until another touch. */
  function onPointerLeave(event) {
    if (!drag.current && event.pointerType !== "touch") cursor.set(null);
  }

  function onKeyDown(event) {
    const steps = { ArrowLeft: -1, ArrowRight: 1 };
    if (event.key === "Escape" && cursor.now) cursor.set(null);
    else if (event.key in steps && !event.altKey && !event.metaKey) {
      const from = cursor.now?.at ?? spec.to;
      read(within(from + steps[event.key] * spec.step * (event.shiftKey ? 10 : 1)), true);
    } else return;
    event.preventDefault();
    event.stopPropagation(); // or the page would go to another server
  }

  const onDblClick = () => onZoom(null);
  const onBlur = () => cursor.set(null);
  return { onPointerDown, onPointerMove, onPointerUp, onPointerLeave, onKeyDown, onDblClick, onBlur };
}

function drawCrosshair(group, spec, frame, now) {
  if (!group) return;
  group.replaceChildren();
  if (!now || now.at < spec.from || now.at > spec.to) return;
  const index = indexAt(spec.at, now.at, spec.step);
  const at = index < 0 ? now.at : spec.at[index];
  const { unit, top, foot, width } = frame;
  const x = Math.max(frame.left, frame.x(at));
  const words = spec.to - spec.from > 1.5 * 86_400 ? moment(at) : hourAndMinute(at);
  const half = Math.max(21, words.length * 3.4) * unit;
  const middle = Math.min(width - half, Math.max(frame.left / 2 + half, x));
  group.append(
    shape("path", { d: `M${x} ${top - 4 * unit}V${foot}`, stroke: "var(--muted)" }),
    shape("rect", { x: middle - half, y: foot + 4 * unit, width: 2 * half, height: 17 * unit, rx: 5 * unit, fill: "var(--ink)" }),
    shape("text", { x: middle, y: foot + 16.5 * unit, "text-anchor": "middle", class: "pill" }, words),
  );
  if (index < 0) return;
  for (const { point, color } of pointsAt(spec, frame, index)) {
    group.append(shape("circle", { cx: x, cy: point, r: 3.6 * unit, class: "knob", fill: `var(--${color})` }));
  }
}

function pointsAt(spec, frame, index) {
  return spec.series
    .filter((one) => !one.hidden && !one.scale && one.values[index] !== null && one.values[index] !== undefined)
    .map((one) => ({ color: one.color, point: frame.y((one.sign ?? 1) * one.values[index]) }));
}

function drawSelection(group, frame, from, to) {
  const [left, right] = [frame.x(from), frame.x(to)].sort((a, b) => a - b);
  group.querySelector(".selection")?.remove();
  group.append(
    shape("rect", { x: left, y: frame.top, width: right - left, height: frame.foot - frame.top, class: "selection" }),
  );
}

function shape(name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text) made.textContent = text;
  return made;
}
