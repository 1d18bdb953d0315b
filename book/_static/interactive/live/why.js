// Why this film? Three answers, a number for each pick.
//
// For EASE the answer is exact: a score is a sum over the picks, and each adds its weight. A
// network is no sum, so there are only questions that come near. Both here are about log π of the
// film, the logarithm of its probability, since logits alone may all move together.
(() => {
  "use strict";
  const { softmax } = window.LiveModels;

  // EASE: B_ij of every pick i for the film j.
  const contributions = (ease, picks, film) => picks.map((pick) => ease.weight(pick, film));

  const logPi = (model, picks, film) => Math.log(softmax(model.score(picks))[film]);

  // What log π of the film loses when a pick is left out; the others then weigh more, as they do
  // for somebody who never made it.
  function leaveOneOut(model, picks, film) {
    const whole = logPi(model, picks, film);
    return picks.map((pick) => whole - logPi(model, picks.filter((one) => one !== pick), film));
  }

  // Vᵀ g: from the gradient of what a layer gives to that of what it was given.
  function backThrough({ weight }, gradient) {
    const [rows, width] = weight.shape;
    const out = new Float64Array(width);
    for (let row = 0; row < rows; row++) {
      for (let i = 0; i < width; i++) out[i] += weight.values[row * width + i] * gradient[row];
    }
    return out;
  }

  // The derivative of tanh is 1 - tanh².
  const backThroughTanh = (gradient, units) => gradient.map((g, i) => g * (1 - units[i] ** 2));

  // Gradient times input: each pick's x̃ times the slope of log π in it, by the chain rule from the
  // logits back to the picks. It says what a small change of x̃ does, and not what a pick does.
  function gradientTimesInput(model, picks, film) {
    const { input, hidden, mu, back, pi } = model.stages(picks);
    const [last, ...before] = [...model.decoder].reverse();
    let gradient = pi.map((p, item) => (item === film ? 1 : 0) - p); // of log π in the logits
    gradient = backThrough(last, gradient);
    for (const layer of before) gradient = backThrough(layer, backThroughTanh(gradient, back));
    const code = new Float64Array(model.encoder[0].weight.shape[0]); // μ and log σ²; z = μ here
    code.set(model.kind === "mult-dae" ? backThroughTanh(gradient, mu) : gradient);
    gradient = backThroughTanh(backThrough(model.encoder[0], code), hidden);
    const [, width] = model.first.shape;
    return picks.map((pick) => {
      const row = model.first.values.subarray(pick * width, (pick + 1) * width);
      return input[pick] * row.reduce((sum, weight, i) => sum + weight * gradient[i], 0);
    });
  }

  window.LiveModels.why = { contributions, gradientTimesInput, leaveOneOut };
})();
