// A page that is opened from disk may not save another file, whatever its link says: the browser
// shows a notebook as text. A zip it does save, and there is one beside each notebook.
document.addEventListener("DOMContentLoaded", () => {
  if (location.protocol !== "file:") return;
  for (const link of document.querySelectorAll('a[download][href$=".ipynb"]')) {
    link.href = link.href.replace(/\.ipynb$/, ".zip");
    link.download = link.download.replace(/\.ipynb$/, ".zip");
    link.removeAttribute("target");
  }
});
