// What the page keeps in the browser. Where storage is denied, it keeps nothing.
export function storage(area) {
  return {
    read: (key) => attempt(() => globalThis[area].getItem(key)),
    write: (key, value) => attempt(() => globalThis[area].setItem(key, value)),
    remove: (key) => attempt(() => globalThis[area].removeItem(key)),
  };
}

function attempt(act) {
  try {
    return act();
  } catch {
    return null;
  }
}
