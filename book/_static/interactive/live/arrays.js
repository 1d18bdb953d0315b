// The arrays of a model, from the text that `recotour-vae export RUN --to web` wrote.
//
// A page that is opened from disk may read no file but scripts, so the bytes of the weights stand
// in a script as text (base64). They are little-endian, as every machine is that shows pages.
window.LiveModels = window.LiveModels ?? {};
(() => {
  "use strict";

  function toBytes(text) {
    const letters = atob(text);
    const bytes = new Uint8Array(letters.length);
    for (let i = 0; i < bytes.length; i++) bytes[i] = letters.charCodeAt(i);
    return bytes;
  }

  // A number of 16 bits: a sign, five bits of exponent e, ten of mantissa m (IEEE 754).
  function fromHalf(bits) {
    const sign = bits & 0x8000 ? -1 : 1;
    const e = (bits >> 10) & 31;
    const m = bits & 1023;
    return e === 0 ? sign * m * 2 ** -24 : sign * (1024 + m) * 2 ** (e - 25);
  }

  // There are only 65,536 of them, so each is worked out once.
  let halves = null;

  function fromHalves(bits) {
    halves = halves ?? Float32Array.from({ length: 65536 }, (_, i) => fromHalf(i));
    const values = new Float32Array(bits.length); // `Float32Array.from` takes ten times as long
    for (let i = 0; i < bits.length; i++) values[i] = halves[bits[i]];
    return values;
  }

  // A byte is the signed square root of a number's share of the largest in its row, in 127ths.
  function fromBytes(levels, largest) {
    const width = levels.length / largest.length;
    const values = new Float32Array(levels.length);
    for (let i = 0; i < levels.length; i++) {
      const share = levels[i] / 127;
      values[i] = share * Math.abs(share) * largest[Math.floor(i / width)];
    }
    return values;
  }

  const TYPES = {
    float32: (entry) => new Float32Array(toBytes(entry.data).buffer),
    float16: (entry) => fromHalves(new Uint16Array(toBytes(entry.data).buffer)),
    int8: (entry) => {
      const largest = new Float32Array(toBytes(entry.largest).buffer);
      return fromBytes(new Int8Array(toBytes(entry.data).buffer), largest);
    },
  };

  // An array is its shape and its numbers, row after row.
  const decoded = (entry) => ({ shape: entry.shape, values: TYPES[entry.type](entry) });

  window.LiveModels.arrays = (file) =>
    Object.fromEntries(Object.entries(file.arrays).map(([name, it]) => [name, decoded(it)]));
})();
