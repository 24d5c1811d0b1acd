// htmx connects again when a stream breaks, but not when it could not be opened in the first place: this does.
const RETRY_MILLISECONDS = 2000;

export function growingReply(message) {
  const again = ({ detail }) => {
    if (detail.ctx?.response?.status === 404) return;
    setTimeout(() => {
      if (message.isConnected) message.dispatchEvent(new Event("reconnect"));
    }, RETRY_MILLISECONDS);
  };
  message.addEventListener("htmx:error", again);
  message.addEventListener("htmx:response:error", again);
}
