// Opens a reply's stream again where it could not be opened at all: htmx reconnects only streams
// that broke.
const RETRY_MILLISECONDS = 2000;

export function growingReply(message) {
  const retry = ({ detail }) => {
    if (detail.ctx?.response?.status === 404) return;
    setTimeout(() => {
      if (message.isConnected) message.dispatchEvent(new Event("reconnect"));
    }, RETRY_MILLISECONDS);
  };
  message.addEventListener("htmx:error", retry);
  message.addEventListener("htmx:response:error", retry);
}
