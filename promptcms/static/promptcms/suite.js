// Shows only what counts: a figure where a value is one's own, the bar of a judge that blocks.

function shown(part, yes) {
  part.hidden = !yes && part.querySelector(".error") === null;
}

function owned(part) {
  const choice = part.querySelector("select");
  const figure = part.querySelector("[data-figure]");
  if (figure) figure.hidden = choice.value !== "own";
  part.querySelector("[data-own-chip]").hidden = choice.value === "";
}

function judge(row) {
  const [version, role] = row.querySelectorAll("select");
  for (const part of row.querySelectorAll("[data-used]")) {
    const blocks = !part.hasAttribute("data-blocks") || role.value === "blocks";
    shown(part, version.value !== "" && blocks);
  }
}

function judges(form) {
  const from = form.querySelector("[data-judges-from] select");
  const rows = form.querySelector("[data-judges]");
  if (from) shown(rows, from.value === "own");
}

const suite = document.getElementById("suite");

function all() {
  suite.querySelectorAll("[data-owned]").forEach(owned);
  suite.querySelectorAll(".judge-row").forEach(judge);
  judges(suite);
}

if (suite) {
  all();
  suite.addEventListener("change", all);
}
