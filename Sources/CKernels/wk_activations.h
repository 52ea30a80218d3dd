// exp, sigmoid, tanh, erf and gelu, operation by operation as proto-spec/09-arithmetic.md has them: every line is one
// IEEE 754 float32 operation (or a choice, or an operation on bits), so every target gives the same bits.
#pragma once

#include "wk_vector.h"

#pragma STDC FP_CONTRACT OFF

WK_INLINE f16 wk_splat(float value) { return (f16)(value); }
WK_INLINE f16 wk_magnitude(f16 x) { return (f16)((i16)x & (i16)(0x7FFFFFFF)); }
WK_INLINE f16 wk_signed_like(f16 magnitude, f16 x) { return (f16)((i16)magnitude | ((i16)x & (i16)(INT32_MIN))); }

/// A NaN stays a NaN, zeros become +0.
WK_INLINE f16 wk_relu(f16 x) { return wk_choose(x <= wk_splat(0), wk_splat(0), x); }

/// e^x, for x between −104 and 89 after clamping.
WK_INLINE f16 wk_exp(f16 x) {
  f16 t = wk_choose(x < wk_splat(-104), wk_splat(-104), x);
  t = wk_choose(t > wk_splat(89), wk_splat(89), t);
  const f16 magic = wk_splat(0x1.8p+23f);
  f16 m = wk_fma(t, wk_splat(0x1.715476p+0f), magic);
  f16 n = m - magic;
  f16 r = wk_fma(n, wk_splat(-0x1.62e400p-1f), t);
  r = wk_fma(n, wk_splat(-0x1.7f7d1cp-20f), r);
  f16 p = wk_splat(0x1.6a21acp-10f);
  p = wk_fma(p, r, wk_splat(0x1.123b6ap-7f));
  p = wk_fma(p, r, wk_splat(0x1.5558fap-5f));
  p = wk_fma(p, r, wk_splat(0x1.555490p-3f));
  p = wk_fma(p, r, wk_splat(0x1.fffffcp-2f));
  f16 square = r * r;
  p = wk_fma(square, p, r);
  p = p + wk_splat(1);
  // 2^n in two factors, so that results below the normal range are rounded once and 2^128 is never needed.
  i16 whole = (i16)m - (i16)(0x4B400000);
  i16 half = whole >> 1;
  i16 rest = whole - half;
  p = p * (f16)((u16)(half + 127) << 23);
  p = p * (f16)((u16)(rest + 127) << 23);
  return wk_choose(x == x, p, x);
}

WK_INLINE f16 wk_sigmoid(f16 x) {
  f16 e = wk_exp(-wk_magnitude(x));
  f16 numerator = wk_choose(x < wk_splat(0), e, wk_splat(1));
  f16 y = numerator / (wk_splat(1) + e);
  return wk_choose(x == x, y, x);
}

WK_INLINE f16 wk_tanh(f16 x) {
  f16 a = wk_magnitude(x);
  f16 e = wk_exp(wk_splat(-2) * a);
  f16 large = wk_signed_like((wk_splat(1) - e) / (wk_splat(1) + e), x);
  f16 z = x * x;
  f16 p = wk_splat(-0x1.76ac1cp-8f);
  p = wk_fma(p, z, wk_splat(0x1.5256d8p-6f));
  p = wk_fma(p, z, wk_splat(-0x1.b84448p-5f));
  p = wk_fma(p, z, wk_splat(0x1.110768p-3f));
  p = wk_fma(p, z, wk_splat(-0x1.555534p-2f));
  f16 small = wk_fma(x * z, p, x);
  f16 y = wk_choose(a < wk_splat(0.625f), small, large);
  return wk_choose(x == x, y, x);
}

WK_INLINE f16 wk_erf(f16 x) {
  f16 a = wk_magnitude(x);
  a = wk_choose(a > wk_splat(4), wk_splat(4), a);
  f16 q = wk_splat(-0x1.6bd7d8p-16f);
  q = wk_fma(q, a, wk_splat(0x1.cec5f8p-12f));
  q = wk_fma(q, a, wk_splat(-0x1.138cbap-8f));
  q = wk_fma(q, a, wk_splat(0x1.9d0302p-6f));
  q = wk_fma(q, a, wk_splat(-0x1.bc1516p-4f));
  q = wk_fma(q, a, wk_splat(-0x1.443566p-1f));
  q = wk_fma(q, a, wk_splat(-0x1.212c0cp+0f));
  q = wk_fma(q, a, wk_splat(0x1.8a5726p-13f));
  f16 large = wk_signed_like(wk_splat(1) - wk_exp(q), x);
  f16 z = x * x;
  f16 p = wk_splat(0x1.4ae4d0p-14f);
  p = wk_fma(p, z, wk_splat(-0x1.a485ecp-11f));
  p = wk_fma(p, z, wk_splat(0x1.5419f6p-8f));
  p = wk_fma(p, z, wk_splat(-0x1.b7fbb4p-6f));
  p = wk_fma(p, z, wk_splat(0x1.ce2d20p-4f));
  p = wk_fma(p, z, wk_splat(-0x1.81273ep-2f));
  p = wk_fma(p, z, wk_splat(0x1.06eba8p-3f));
  f16 small = wk_fma(x, p, x);
  f16 y = wk_choose(a < wk_splat(1), small, large);
  return wk_choose(x == x, y, x);
}

WK_INLINE f16 wk_gelu(f16 x) {
  f16 t = x * wk_splat(0x1.6a09e6p-1f);
  f16 half = x * wk_splat(0.5f);
  return half * (wk_splat(1) + wk_erf(t));
}
