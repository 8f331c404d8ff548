"use strict";
// Generations, `installation:number`: within one installation they never go back.

/** Is `next` older than `kept`? Another installation is not: that is a restored server. */
function stepsBack(kept, next) {
  const [before, after] = [split(kept), split(next)];
  return (
    Boolean(before && after) &&
    before.installation === after.installation &&
    after.number < before.number
  );
}

function split(generation) {
  const found = /^(.+):(\d+)$/.exec(generation ?? "");
  return found && {installation: found[1], number: Number(found[2])};
}

module.exports = {stepsBack};
