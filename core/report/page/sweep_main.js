"use strict";
// Starts the page of a sweep.

startPage({
  read: readSweep,
  draw: () => {
    drawResult();
    drawSweepCurves();
  },
  drawBelow: () => {
    drawEffects();
    drawCost();
    drawRuns();
  },
  recolour: () => {
    drawSweepCurves();
    if (byId("effects").hasChildNodes()) drawEffects();
  },
}).catch(fail);
