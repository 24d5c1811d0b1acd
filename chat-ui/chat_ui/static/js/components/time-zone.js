// Stores the reader's time zone in a cookie: the sidebar groups chats by the reader's days.
import { root } from "../root.js";

const YEAR_SECONDS = 365 * 24 * 3600;

export function timeZone() {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!zone || document.cookie.includes(`zone=${zone}`)) return;
  document.cookie = `zone=${zone}; path=${root}; max-age=${YEAR_SECONDS}; samesite=lax`;
}
