#pragma once

/* Numbers as the emulated libraries store and round them. */

#include <cstdint>
#include <cstring>

namespace emulation
{

/* To the nearest with so many bits of mantissa, ties to even; NaN and infinities stay. */
static inline float
round_mantissa (float x, int bits)
{
  uint32_t word, below = (1u << (23 - bits)) - 1;

  memcpy (&word, &x, sizeof word);
  if ((word & 0x7f800000u) == 0x7f800000u)
    return x;
  word += below / 2 + (word >> (23 - bits) & 1);
  word &= ~below;
  memcpy (&x, &word, sizeof word);
  return x;
}

static inline float
from_bf16 (uint16_t bits)
{
  uint32_t word = (uint32_t) bits << 16;
  float x;

  memcpy (&x, &word, sizeof x);
  return x;
}

static inline uint16_t
to_bf16 (float x)
{
  uint32_t word;

  if (x != x)
    return 0x7fff;
  x = round_mantissa (x, 7);
  memcpy (&word, &x, sizeof word);
  return (uint16_t) (word >> 16);
}

}
