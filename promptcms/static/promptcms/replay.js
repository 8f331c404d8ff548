// A replay under way: look again every two seconds and renew what changed, without a reload.

const PAUSE = 2000;

async function renew() {
  const live = document.getElementById("replay");
  if (live?.dataset.open !== "yes") return;
  try {
    const answer = await fetch(window.location.href, { credentials: "same-origin" });
    if (answer.ok) {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const name of ["replay", "replay-state", "replay-acts"]) {
        const fresh = page.getElementById(name);
        const stale = document.getElementById(name);
        if (fresh && stale && fresh.innerHTML !== stale.innerHTML) stale.replaceWith(fresh);
        else if (fresh && stale) stale.dataset.open = fresh.dataset.open ?? "";
      }
    }
  } catch {
    // The next look tries again.
  }
  setTimeout(renew, PAUSE);
}

setTimeout(renew, PAUSE);
