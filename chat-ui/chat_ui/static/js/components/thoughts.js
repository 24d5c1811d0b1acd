// Thoughts that the reader unfolded stay open when the finished reply takes the growing one's place.
const unfolded = new Set();

export function thoughts(details) {
  details.open ||= unfolded.has(details.id);
  details.addEventListener("toggle", () => {
    if (details.open) unfolded.add(details.id);
    else unfolded.delete(details.id);
  });
}
