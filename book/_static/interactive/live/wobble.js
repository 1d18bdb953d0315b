// What noise does to a list: z = μ + σ ε is drawn many times, and the lists are compared.
(() => {
  "use strict";
  const { topK } = window.LiveModels;

  const mean = (values) => values.reduce((a, b) => a + b, 0) / Math.max(1, values.length);

  const meanSigma = (model, picks) => mean([...model.encode(picks).sigma]);

  // How many of the k films that stand in the list without noise are in one with it, on average.
  function kept(model, picks, k, draws, noise) {
    const code = model.encode(picks);
    const still = new Set(topK(model.decode(code.mu).logits, k, picks));
    const counts = Array.from({ length: draws }, () => {
      const epsilon = Float64Array.from({ length: model.latent }, noise);
      const { logits } = model.decode(model.sample(code, epsilon));
      return topK(logits, k, picks).filter((film) => still.has(film)).length;
    });
    return mean(counts);
  }

  Object.assign(window.LiveModels, { kept, meanSigma });
})();
