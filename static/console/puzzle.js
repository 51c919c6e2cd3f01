// A worker that finds the nonce of a sign-up challenge: SHA-256("text:nonce") must begin with `bits` zero bits.
// FIPS 180-4 by hand: `crypto.subtle` is absent where the page came without TLS, and a call for each hash is slow.
const PRIMES = [];
for (let n = 2; PRIMES.length < 64; n += 1) if (PRIMES.every((p) => n % p)) PRIMES.push(n);
const fraction = (x) => Math.floor((x - Math.floor(x)) * 2 ** 32) | 0;
const ROUND = Int32Array.from(PRIMES, (p) => fraction(Math.cbrt(p)));
const START = Int32Array.from(PRIMES.slice(0, 8), (p) => fraction(Math.sqrt(p)));
const words = new Int32Array(64);
const turn = (x, n) => (x >>> n) | (x << (32 - n));

function compress(state, block, at) {
  for (let i = 0; i < 16; i += 1) {
    const b = at + i * 4;
    words[i] = (block[b] << 24) | (block[b + 1] << 16) | (block[b + 2] << 8) | block[b + 3];
  }
  for (let i = 16; i < 64; i += 1) {
    const x = words[i - 15];
    const y = words[i - 2];
    const s0 = turn(x, 7) ^ turn(x, 18) ^ (x >>> 3);
    const s1 = turn(y, 17) ^ turn(y, 19) ^ (y >>> 10);
    words[i] = words[i - 16] + s0 + words[i - 7] + s1;
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let i = 0; i < 64; i += 1) {
    const one = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + ROUND[i] + words[i]) | 0;
    const two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((value, i) => { state[i] += value; });
}

// The state after the whole blocks of the text, once; then only the last block or two for each nonce.
function solve(text, bits) {
  const head = new TextEncoder().encode(`${text}:`);
  const whole = head.length - (head.length % 64);
  const middle = Int32Array.from(START);
  for (let at = 0; at < whole; at += 64) compress(middle, head, at);
  const rest = head.subarray(whole);
  const block = new Uint8Array(128);
  const state = new Int32Array(8);
  for (let nonce = 0; ; nonce += 1) {
    const digits = String(nonce);
    const length = rest.length + digits.length;
    const end = length + 9 > 64 ? 128 : 64;
    block.fill(0).set(rest);
    for (let i = 0; i < digits.length; i += 1) block[rest.length + i] = digits.charCodeAt(i);
    block[length] = 0x80;
    const size = (whole + length) * 8;
    for (let i = 0; i < 4; i += 1) block[end - 1 - i] = size >>> (8 * i);
    state.set(middle);
    for (let at = 0; at < end; at += 64) compress(state, block, at);
    if (zeros(state) >= bits) return digits;
  }
}

function zeros(state) {
  let count = 0;
  for (const word of state) {
    count += Math.clz32(word);
    if (word !== 0) break;
  }
  return count;
}

self.onmessage = (event) => self.postMessage({ text: event.data.text, nonce: solve(event.data.text, event.data.bits) });
