"use strict";
// Runs every case of contract.json against the Node client, with a scripted server, clock and random
// numbers. Prints one line of JSON per case: {"list", "number", "failure"}; failure is "" or why.
// Called with the client's folder, the contract's path and a folder for snapshot files.

const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const lists = require("./contract_lists.cjs");

const [, , folder, contractFile, scratch] = process.argv;

async function main() {
  const contract = JSON.parse(fs.readFileSync(contractFile, "utf8"));
  const run = lists(path.resolve(folder), contract, scratch);
  for (const [list, check] of Object.entries(run)) {
    const cases = casesOf(contract, list);
    for (const [number, one] of cases.entries()) {
      let failure = "";
      try {
        await check(one, number);
      } catch (error) {
        failure = error instanceof assert.AssertionError ? error.message : String(error.stack);
      }
      console.log(JSON.stringify({list, number, failure}));
    }
  }
}

/** The defaults are one case each; of the reports, what each answer means, then what is sent. */
function casesOf(contract, list) {
  if (list === "defaults") return Object.entries(contract.defaults);
  if (list === "report") return contract.report.answers;
  if (list === "chosen" || list === "samples") return contract.report[list];
  if (list === "observations") return contract.report.batch.observations;
  return contract[list];
}

main();
