import { root } from "./root.js";

// Registers the service worker. Browsers allow one on localhost and over TLS.
export function worker() {
  // A private window refuses it; the page works without.
  navigator.serviceWorker?.register(`${root}service-worker.js`).catch(() => {});
}
