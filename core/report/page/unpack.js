"use strict";
// The payload: base64 of deflated JSON in script elements, unpacked when they are first looked at.

async function unpack(id) {
  const text = byId(id).textContent;
  const packed = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return JSON.parse(await new Response(stream).text());
}

// Steps come as differences.
function summed(differences) {
  let sum = 0;
  return differences.map((d) => (sum += d));
}

// Curves by name and view: { steps, values, sparse }.
function readCurves(json) {
  const steps = summed(json.steps);
  const curves = new Map();
  for (const { name, view, steps: own, values } of json.curves)
    curves.set(view ? `${name}@${view}` : name, { steps: own ? summed(own) : steps, values, sparse: !!own });
  return { steps, perPoint: json.per_point, curves };
}
