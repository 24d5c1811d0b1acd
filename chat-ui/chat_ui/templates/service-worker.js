// Shows the offline page while the server cannot be reached, and caches the static files, whose addresses change with
// their content. It never caches chats, and leaves streams and everything that is sent to the browser.
const STATIC = "{{ static }}/";
// Unused: it changes this file with the reader's preferences, so that the browser fetches a matching offline page.
const READER = "{{ preferences().language }}, {{ preferences().theme }}";
const OFFLINE = "{{ root }}/offline";
const NEEDED = [OFFLINE, {% for file in files %}STATIC + "{{ file }}"{{ ", " if not loop.last }}{% endfor %}];

addEventListener("install", (event) => {
  event.waitUntil(caches.open(STATIC).then((cache) => cache.addAll(NEEDED)).then(() => skipWaiting()));
});

addEventListener("activate", (event) => {
  // Navigation preload requests the page while the worker is still starting.
  event.waitUntil(Promise.all([deleteOldCaches(), registration.navigationPreload?.enable()]));
});

addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (pathname.startsWith(STATIC)) event.respondWith(staticFile(request));
  else if (request.destination === "document") event.respondWith(page(event));
});

async function deleteOldCaches() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name !== STATIC).map((name) => caches.delete(name)));
}

async function staticFile(request) {
  const cache = await caches.open(STATIC);
  const cached = await cache.match(request);
  if (cached) return cached;
  const response = await fetch(request);
  if (response.ok) await cache.put(request, response.clone());
  return response;
}

async function page({ request, preloadResponse }) {
  try {
    return (await preloadResponse) ?? (await fetch(request));
  } catch {
    return (await caches.match(OFFLINE)) ?? Response.error();
  }
}
