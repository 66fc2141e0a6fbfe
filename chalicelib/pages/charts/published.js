// The charts that a page shows, for a picture of all of them.
const shown = new Map(); // in the order in which they came

/** Makes a chart part of the picture for as long as it is shown; the result ends that. */
export function publish(spec) {
  shown.set(spec.id, spec);
  return () => shown.get(spec.id) === spec && shown.delete(spec.id);
}

export const published = () => [...shown.values()];
