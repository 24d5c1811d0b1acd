// Keeps thoughts open that the reader unfolded, when the finished reply replaces the growing one.
const unfolded = new Set();

export function thoughts(details) {
  details.open ||= unfolded.has(details.id);
  details.addEventListener("toggle", () => {
    if (details.open) unfolded.add(details.id);
    else unfolded.delete(details.id);
  });
}
