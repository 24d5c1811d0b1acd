// Registers the service worker, where the browser allows one: on localhost and over TLS.
export function worker() {
  navigator.serviceWorker?.register("/service-worker.js").catch(() => {}); // refused in a private window: nothing is lost
}
