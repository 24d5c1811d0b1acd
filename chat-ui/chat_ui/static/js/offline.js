// Loads the requested page as soon as the network is back.
addEventListener("online", () => location.reload());
