// Shows a page of our own while the server cannot be reached, and keeps the files whose address changes with their
// content. Chats are never kept; streams and whatever is sent go their way as if this were not here.
const STATIC = "{{ static }}/";
const READER = "{{ preferences().language }}, {{ preferences().theme }}"; // another one has another page fetched
const OFFLINE = "/offline";
const NEEDED = [OFFLINE, {% for file in files %}STATIC + "{{ file }}"{{ ", " if not loop.last }}{% endfor %}];

addEventListener("install", (event) => {
  event.waitUntil(caches.open(STATIC).then((kept) => kept.addAll(NEEDED)).then(() => skipWaiting()));
});

addEventListener("activate", (event) => {
  const older = caches.keys().then((names) => Promise.all(names.filter((name) => name !== STATIC).map((name) => caches.delete(name))));
  event.waitUntil(Promise.all([older, registration.navigationPreload?.enable()])); // a page is asked for while this wakes up
});

addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (pathname.startsWith(STATIC)) event.respondWith(keep(request));
  else if (request.destination === "document") event.respondWith(open(event));
});

async function keep(request) {
  const kept = await caches.open(STATIC);
  const found = await kept.match(request);
  if (found) return found;
  const answer = await fetch(request);
  if (answer.ok) await kept.put(request, answer.clone());
  return answer;
}

async function open({ request, preloadResponse }) {
  try {
    return (await preloadResponse) ?? (await fetch(request));
  } catch {
    return (await caches.match(OFFLINE)) ?? Response.error();
  }
}
