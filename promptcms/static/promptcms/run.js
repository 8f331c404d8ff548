// Live progress of a run: asks every two seconds, and shows the report once there is one.

const panel = document.getElementById("run-progress");
const PAUSE = 2000;

async function look() {
  let answer;
  try {
    const response = await fetch(panel.dataset.url, { headers: { Accept: "application/json" } });
    if (!response.ok) throw new Error(String(response.status));
    answer = await response.json();
  } catch {
    setTimeout(look, PAUSE * 2); // the server may be restarting; the run goes on without us
    return;
  }
  if (answer.finished) {
    location.reload();
    return;
  }
  const bar = panel.querySelector("progress");
  bar.value = answer.done;
  document.getElementById("run-done").textContent = String(answer.done);
  const failing = answer.failing ? ` ${answer.failing} of the candidate's break a rule so far.` : "";
  document.getElementById("run-headline").textContent = answer.headline + failing;
  setTimeout(look, PAUSE);
}

if (panel) setTimeout(look, PAUSE);
