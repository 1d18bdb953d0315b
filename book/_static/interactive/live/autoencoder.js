// Mult-VAE and Mult-DAE, step by step, with the symbols of the chapters.
//
//   x̃ = x / ‖x‖          the picks, each worth 1/√N                          (items)
//   h = tanh(W x̃ + b)    the hidden units                                    (hidden)
//   μ, log σ² = V h + c   two numbers for each dimension of the code          (latent each)
//   z = μ + σ · ε         with noise ε ~ N(0, 1), or ε = 0 to recommend       (latent)
//   g = tanh(V' z + c')   hidden units on the way back                        (hidden)
//   f = W' g + b'         the logits, of which a list takes the highest       (items)
//   π = softmax(f)        a probability for every item                        (items)
//
// Mult-DAE has one point, z = tanh(V h + c), in place of μ and σ.
(() => {
  "use strict";

  // W h + b: a row of W makes one number.
  function linear({ weight, bias }, h) {
    const [rows, width] = weight.shape;
    const out = new Float64Array(rows);
    for (let row = 0; row < rows; row++) {
      let sum = bias.values[row];
      for (let i = 0; i < width; i++) sum += weight.values[row * width + i] * h[i];
      out[row] = sum;
    }
    return out;
  }

  const tanh = (vector) => vector.map(Math.tanh);

  // The highest logit is taken off all of them first, so that no exponential overflows.
  function softmax(logits) {
    const highest = logits.reduce((a, b) => Math.max(a, b), -Infinity);
    const powers = logits.map((f) => Math.exp(f - highest));
    const total = powers.reduce((a, b) => a + b, 0);
    return powers.map((power) => power / total);
  }

  // The linear layers of `encoder` or of `decoder`, in their order.
  function layersOf(arrays, part) {
    const layers = [];
    while (`${part}.${layers.length}.weight` in arrays) {
      const name = `${part}.${layers.length}`;
      layers.push({ weight: arrays[`${name}.weight`], bias: arrays[`${name}.bias`] });
    }
    return layers;
  }

  function autoencoder(arrays, kind) {
    const first = arrays["first.weight"]; // a row an item: the layer that clicks enter by
    const [items, width] = first.shape;
    const encoder = layersOf(arrays, "encoder");
    const decoder = layersOf(arrays, "decoder");
    const latent = decoder[0].weight.shape[1];

    // What a pick is worth: x has N ones, so ‖x‖ = √N.
    const worth = (picks) => 1 / Math.sqrt(Math.max(1, picks.length));

    // The input as a vector, to be looked at; the network needs only the picks.
    function input(picks) {
      const x = new Float64Array(items);
      for (const item of picks) x[item] = worth(picks);
      return x;
    }

    // W x̃ + b as a sum over the picks alone: all other numbers of x̃ are zero.
    function enter(picks) {
      const out = Float64Array.from(arrays["first.bias"].values);
      for (const item of picks) {
        for (let i = 0; i < width; i++) out[i] += worth(picks) * first.values[item * width + i];
      }
      return out;
    }

    // From picks to the code: hidden units, and μ and σ of q(z|x) (of Mult-DAE a point alone).
    function encode(picks) {
      let out = enter(picks);
      let hidden = null;
      for (const layer of encoder) {
        hidden = tanh(out);
        out = linear(layer, hidden);
      }
      if (kind === "mult-dae") return { hidden, mu: tanh(out), logvar: null, sigma: null };
      const [mu, logvar] = [out.slice(0, latent), out.slice(latent)];
      return { hidden, mu, logvar, sigma: logvar.map((one) => Math.exp(one / 2)) };
    }

    // The reparameterization trick: all that is random is ε, and it comes from outside.
    function sample({ mu, sigma }, epsilon) {
      return epsilon && sigma ? mu.map((m, d) => m + sigma[d] * epsilon[d]) : Float64Array.from(mu);
    }

    // From a code to hidden units and logits.
    function decode(z) {
      let back = z;
      for (const layer of decoder.slice(0, -1)) back = tanh(linear(layer, back));
      return { back, logits: linear(decoder.at(-1), back) };
    }

    // Every stage of the way, for who wants to look inside.
    function stages(picks, epsilon = null) {
      const code = encode(picks);
      const z = sample(code, epsilon);
      const { back, logits } = decode(z);
      return { input: input(picks), ...code, epsilon, z, back, logits, pi: softmax(logits) };
    }

    const score = (picks) => decode(encode(picks).mu).logits;
    return { latent, encode, sample, decode, stages, score, encoder, decoder, first };
  }

  Object.assign(window.LiveModels, { autoencoder, softmax });
})();
