// The offline page: back to the page that was wanted as soon as there is a network again.
addEventListener("online", () => location.reload());
