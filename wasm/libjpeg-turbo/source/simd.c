/*
 * The parts of libjpeg-turbo's decoder that take most of the time, in WebAssembly SIMD: the inverse DCT, the smooth
 * widening of chroma, and YCbCr to RGB. They give the same numbers as the C code.
 *
 * Rows of samples are padded to a multiple of 64 (jmemmgr.c), so whole vectors may be read and written at their ends.
 */
#include <string.h>
#include <wasm_simd128.h>
#define JPEG_INTERNALS
#include "jinclude.h"
#include "jpeglib.h"
#include "jsimd.h"
#include "jdct.h"
#include "jsimddct.h"

int jsimd_can_idct_islow(void) { return 1; }
int jsimd_can_h2v1_fancy_upsample(void) { return 1; }
int jsimd_can_h2v2_fancy_upsample(void) { return 1; }
int jsimd_can_ycc_rgb(void) { return 1; }

/* Fixed point of jidctint.c: constants in 13 bits, two extra bits between the passes. */
#define CONST_BITS 13
#define PASS1_BITS 2
#define F_0_298 2446
#define F_0_390 3196
#define F_0_541 4433
#define F_0_765 6270
#define F_0_899 7373
#define F_1_175 9633
#define F_1_501 12299
#define F_1_847 15137
#define F_1_961 16069
#define F_2_053 16819
#define F_2_562 20995
#define F_3_072 25172

#define LOW(a, b) wasm_i16x8_shuffle(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define HIGH(a, b) wasm_i16x8_shuffle(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
#define PAIR(x, y) wasm_i16x8_make(x, y, x, y, x, y, x, y)

/* 32-bit sums of eight lanes. */
typedef struct {
  v128_t low, high;
} wide;

static inline __attribute__((always_inline)) wide dot(v128_t a, v128_t b, v128_t factors) {
  return (wide){ wasm_i32x4_dot_i16x8(LOW(a, b), factors), wasm_i32x4_dot_i16x8(HIGH(a, b), factors) };
}

static inline __attribute__((always_inline)) wide scaled(v128_t a) {
  return (wide){ wasm_i32x4_shl(wasm_i32x4_extend_low_i16x8(a), CONST_BITS),
                 wasm_i32x4_shl(wasm_i32x4_extend_high_i16x8(a), CONST_BITS) };
}

static inline __attribute__((always_inline)) wide plus(wide a, wide b) {
  return (wide){ wasm_i32x4_add(a.low, b.low), wasm_i32x4_add(a.high, b.high) };
}

static inline __attribute__((always_inline)) wide minus(wide a, wide b) {
  return (wide){ wasm_i32x4_sub(a.low, b.low), wasm_i32x4_sub(a.high, b.high) };
}

static inline __attribute__((always_inline)) v128_t descaled(wide a, int bits) {
  return wasm_i16x8_narrow_i32x4(wasm_i32x4_shr(a.low, bits), wasm_i32x4_shr(a.high, bits));
}

/* One pass of the inverse DCT over eight columns at once, the method of jidctint.c. */
static inline __attribute__((always_inline)) void pass(v128_t row[8], int bits) {
  wide rounding = { wasm_i32x4_splat(1 << (bits - 1)), wasm_i32x4_splat(1 << (bits - 1)) };
  wide e0 = plus(scaled(wasm_i16x8_add(row[0], row[4])), rounding);
  wide e1 = plus(scaled(wasm_i16x8_sub(row[0], row[4])), rounding);
  wide e2 = dot(row[2], row[6], PAIR(F_0_541, F_0_541 - F_1_847));
  wide e3 = dot(row[2], row[6], PAIR(F_0_541 + F_0_765, F_0_541));
  wide even[4] = { plus(e0, e3), plus(e1, e2), minus(e1, e2), minus(e0, e3) };

  v128_t s73 = wasm_i16x8_add(row[7], row[3]);
  v128_t s51 = wasm_i16x8_add(row[5], row[1]);
  wide z3 = dot(s73, s51, PAIR(F_1_175 - F_1_961, F_1_175));
  wide z4 = dot(s73, s51, PAIR(F_1_175, F_1_175 - F_0_390));
  wide odd[4] = {
    plus(dot(row[7], row[1], PAIR(-F_0_899, F_1_501 - F_0_899)), z4),
    plus(dot(row[5], row[3], PAIR(-F_2_562, F_3_072 - F_2_562)), z3),
    plus(dot(row[5], row[3], PAIR(F_2_053 - F_2_562, -F_2_562)), z4),
    plus(dot(row[7], row[1], PAIR(F_0_298 - F_0_899, -F_0_899)), z3),
  };
  for (int i = 0; i < 4; i++) {
    row[i] = descaled(plus(even[i], odd[i]), bits);
    row[7 - i] = descaled(minus(even[i], odd[i]), bits);
  }
}

static inline __attribute__((always_inline)) void transpose(v128_t row[8]) {
  v128_t a0 = LOW(row[0], row[4]), a1 = HIGH(row[0], row[4]);
  v128_t a2 = LOW(row[2], row[6]), a3 = HIGH(row[2], row[6]);
  v128_t b0 = LOW(row[1], row[5]), b1 = HIGH(row[1], row[5]);
  v128_t b2 = LOW(row[3], row[7]), b3 = HIGH(row[3], row[7]);
  v128_t c0 = LOW(a0, a2), c1 = HIGH(a0, a2), c2 = LOW(a1, a3), c3 = HIGH(a1, a3);
  v128_t d0 = LOW(b0, b2), d1 = HIGH(b0, b2), d2 = LOW(b1, b3), d3 = HIGH(b1, b3);
  row[0] = LOW(c0, d0), row[1] = HIGH(c0, d0), row[2] = LOW(c1, d1), row[3] = HIGH(c1, d1);
  row[4] = LOW(c2, d2), row[5] = HIGH(c2, d2), row[6] = LOW(c3, d3), row[7] = HIGH(c3, d3);
}

/* Coefficients of one block to 8 x 8 samples, as jpeg_idct_islow. */
void jsimd_idct_islow(j_decompress_ptr cinfo, jpeg_component_info *compptr, JCOEFPTR coef_block,
                      JSAMPARRAY output_buf, JDIMENSION output_col) {
  (void)cinfo;
  const short *factors = compptr->dct_table;
  v128_t row[8], lower = wasm_i16x8_const_splat(0);
  for (int i = 0; i < 8; i++) row[i] = wasm_v128_load(coef_block + 8 * i);
  for (int i = 1; i < 8; i++) lower = wasm_v128_or(lower, row[i]);
  if (wasm_v128_any_true(lower)) {
    for (int i = 0; i < 8; i++) row[i] = wasm_i16x8_mul(row[i], wasm_v128_load(factors + 8 * i));
    pass(row, CONST_BITS - PASS1_BITS);
    transpose(row);
  } else { /* all rows are as the first */
    v128_t first = wasm_i16x8_shl(wasm_i16x8_mul(row[0], wasm_v128_load(factors)), PASS1_BITS);
    if (!wasm_v128_any_true(wasm_v128_and(row[0], wasm_i16x8_const(0, -1, -1, -1, -1, -1, -1, -1)))) {
      short value = wasm_i16x8_extract_lane(first, 0);
      v128_t all = wasm_i16x8_splat((value + (1 << (PASS1_BITS + 2))) >> (PASS1_BITS + 3));
      all = wasm_i8x16_add(wasm_i8x16_narrow_i16x8(all, all), wasm_i8x16_const_splat(-128));
      for (int i = 0; i < 8; i++) wasm_v128_store64_lane(output_buf[i] + output_col, all, 0);
      return;
    }
    row[0] = wasm_i16x8_splat(wasm_i16x8_extract_lane(first, 0));
    row[1] = wasm_i16x8_splat(wasm_i16x8_extract_lane(first, 1));
    row[2] = wasm_i16x8_splat(wasm_i16x8_extract_lane(first, 2));
    row[3] = wasm_i16x8_splat(wasm_i16x8_extract_lane(first, 3));
    row[4] = wasm_i16x8_splat(wasm_i16x8_extract_lane(first, 4));
    row[5] = wasm_i16x8_splat(wasm_i16x8_extract_lane(first, 5));
    row[6] = wasm_i16x8_splat(wasm_i16x8_extract_lane(first, 6));
    row[7] = wasm_i16x8_splat(wasm_i16x8_extract_lane(first, 7));
  }
  pass(row, CONST_BITS + PASS1_BITS + 3);
  transpose(row);
  for (int i = 0; i < 8; i += 2) {
    v128_t two = wasm_i8x16_narrow_i16x8(row[i], row[i + 1]);
    two = wasm_i8x16_add(two, wasm_i8x16_const_splat(-128)); /* from around 0 to around 128 */
    wasm_v128_store64_lane(output_buf[i] + output_col, two, 0);
    wasm_v128_store64_lane(output_buf[i + 1] + output_col, two, 1);
  }
}

/* The lanes before and after those of `now`. */
#define BEFORE(last, now) wasm_i8x16_shuffle(last, now, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29)
#define AFTER(now, next) wasm_i8x16_shuffle(now, next, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17)

static inline __attribute__((always_inline)) v128_t three(v128_t a) { return wasm_i16x8_add(a, wasm_i16x8_shl(a, 1)); }

/* Eight columns: three quarters of the nearer row and one of the farther, times 4. */
static inline __attribute__((always_inline)) v128_t column_sums(const JSAMPLE *near, const JSAMPLE *far) {
  return wasm_i16x8_add(three(wasm_u16x8_load8x8(near)), wasm_u16x8_load8x8(far));
}

/* Doubles a row both ways, as h2v2_fancy_upsample of jdsample.c. */
static void widen_both(const JSAMPLE *near, const JSAMPLE *far, JSAMPLE *to, JDIMENSION width) {
  v128_t now = column_sums(near, far);
  v128_t last = wasm_i16x8_splat(wasm_i16x8_extract_lane(now, 0)); /* the first column is its own neighbour */
  for (JDIMENSION x = 0; x < width; x += 8) {
    v128_t next = column_sums(near + x + 8, far + x + 8);
    v128_t most = three(now);
    v128_t left = wasm_i16x8_add(wasm_i16x8_add(most, BEFORE(last, now)), wasm_i16x8_const_splat(8));
    v128_t right = wasm_i16x8_add(wasm_i16x8_add(most, AFTER(now, next)), wasm_i16x8_const_splat(7));
    wasm_v128_store(to + 2 * x,
                    wasm_v128_or(wasm_u16x8_shr(left, 4), wasm_i16x8_shl(wasm_u16x8_shr(right, 4), 8)));
    last = now;
    now = next;
  }
  to[2 * width - 1] = ((near[width - 1] * 3 + far[width - 1]) * 4 + 7) >> 4; /* so is the last */
}

void jsimd_h2v2_fancy_upsample(j_decompress_ptr cinfo, jpeg_component_info *compptr, JSAMPARRAY input_data,
                               JSAMPARRAY *output_data_ptr) {
  for (int y = 0; y < cinfo->max_v_samp_factor; y++) {
    JSAMPARRAY near = input_data + y / 2;
    widen_both(near[0], near[y & 1 ? 1 : -1], (*output_data_ptr)[y], compptr->downsampled_width);
  }
}

/* Doubles rows across, as h2v1_fancy_upsample of jdsample.c. */
void jsimd_h2v1_fancy_upsample(j_decompress_ptr cinfo, jpeg_component_info *compptr, JSAMPARRAY input_data,
                               JSAMPARRAY *output_data_ptr) {
  JDIMENSION width = compptr->downsampled_width;
  for (int y = 0; y < cinfo->max_v_samp_factor; y++) {
    const JSAMPLE *from = input_data[y];
    JSAMPLE *to = (*output_data_ptr)[y];
    v128_t now = wasm_u16x8_load8x8(from);
    v128_t last = wasm_i16x8_splat(from[0]);
    for (JDIMENSION x = 0; x < width; x += 8) {
      v128_t next = wasm_u16x8_load8x8(from + x + 8);
      v128_t most = three(now);
      v128_t left = wasm_i16x8_add(wasm_i16x8_add(most, BEFORE(last, now)), wasm_i16x8_const_splat(1));
      v128_t right = wasm_i16x8_add(wasm_i16x8_add(most, AFTER(now, next)), wasm_i16x8_const_splat(2));
      wasm_v128_store(to + 2 * x,
                      wasm_v128_or(wasm_u16x8_shr(left, 2), wasm_i16x8_shl(wasm_u16x8_shr(right, 2), 8)));
      last = now;
      now = next;
    }
    to[2 * width - 1] = from[width - 1];
  }
}

/* Green takes both: the factors of jdcolor.c, 0.34414 and 0.71414 in 16 bits, halved. */
static inline __attribute__((always_inline)) v128_t green_of(v128_t y, v128_t cb, v128_t cr) {
  v128_t factors = PAIR(-11277, -23401);
  v128_t half = wasm_i32x4_const_splat(1 << 14);
  v128_t low = wasm_i32x4_add(wasm_i32x4_dot_i16x8(LOW(cb, cr), factors), half);
  v128_t high = wasm_i32x4_add(wasm_i32x4_dot_i16x8(HIGH(cb, cr), factors), half);
  return wasm_i16x8_add(y, wasm_i16x8_narrow_i32x4(wasm_i32x4_shr(low, 15), wasm_i32x4_shr(high, 15)));
}

/* Red: 1.402 is 1 and 0.402, which rounds to the same in 15 bits as in 16 for every value. */
static inline __attribute__((always_inline)) v128_t red_of(v128_t y, v128_t cr) {
  return wasm_i16x8_add(wasm_i16x8_add(y, cr), wasm_i16x8_q15mulr_sat(cr, wasm_i16x8_const_splat(13173)));
}

/* Blue: 1.772 is 2 less 0.228. */
static inline __attribute__((always_inline)) v128_t blue_of(v128_t y, v128_t cb) {
  v128_t part = wasm_i16x8_q15mulr_sat(cb, wasm_i16x8_const_splat(-7471));
  return wasm_i16x8_add(wasm_i16x8_add(y, wasm_i16x8_shl(cb, 1)), part);
}

/* Sixteen pixels to 48 bytes of RGB. */
static inline __attribute__((always_inline)) void convert(const JSAMPLE *y, const JSAMPLE *cb, const JSAMPLE *cr,
                                                          JSAMPLE *to) {
  v128_t middle = wasm_i16x8_const_splat(128);
  v128_t ys = wasm_v128_load(y), cbs = wasm_v128_load(cb), crs = wasm_v128_load(cr);
  v128_t y0 = wasm_u16x8_extend_low_u8x16(ys), y1 = wasm_u16x8_extend_high_u8x16(ys);
  v128_t cb0 = wasm_i16x8_sub(wasm_u16x8_extend_low_u8x16(cbs), middle);
  v128_t cb1 = wasm_i16x8_sub(wasm_u16x8_extend_high_u8x16(cbs), middle);
  v128_t cr0 = wasm_i16x8_sub(wasm_u16x8_extend_low_u8x16(crs), middle);
  v128_t cr1 = wasm_i16x8_sub(wasm_u16x8_extend_high_u8x16(crs), middle);
  v128_t r = wasm_u8x16_narrow_i16x8(red_of(y0, cr0), red_of(y1, cr1));
  v128_t g = wasm_u8x16_narrow_i16x8(green_of(y0, cb0, cr0), green_of(y1, cb1, cr1));
  v128_t b = wasm_u8x16_narrow_i16x8(blue_of(y0, cb0), blue_of(y1, cb1));
  v128_t rg0 = wasm_i8x16_shuffle(r, g, 0, 16, 0, 1, 17, 0, 2, 18, 0, 3, 19, 0, 4, 20, 0, 5);
  v128_t rg1 = wasm_i8x16_shuffle(r, g, 21, 0, 6, 22, 0, 7, 23, 0, 8, 24, 0, 9, 25, 0, 10, 26);
  v128_t rg2 = wasm_i8x16_shuffle(r, g, 0, 11, 27, 0, 12, 28, 0, 13, 29, 0, 14, 30, 0, 15, 31, 0);
  wasm_v128_store(to, wasm_i8x16_shuffle(rg0, b, 0, 1, 16, 3, 4, 17, 6, 7, 18, 9, 10, 19, 12, 13, 20, 15));
  wasm_v128_store(to + 16, wasm_i8x16_shuffle(rg1, b, 0, 21, 2, 3, 22, 5, 6, 23, 8, 9, 24, 11, 12, 25, 14, 15));
  wasm_v128_store(to + 32, wasm_i8x16_shuffle(rg2, b, 26, 1, 2, 27, 4, 5, 28, 7, 8, 29, 10, 11, 30, 13, 14, 31));
}

/* YCbCr to RGB, as ycc_rgb_convert of jdcolor.c. */
void jsimd_ycc_rgb_convert(j_decompress_ptr cinfo, JSAMPIMAGE input_buf, JDIMENSION input_row, JSAMPARRAY output_buf,
                           int num_rows) {
  JDIMENSION width = cinfo->output_width;
  for (int i = 0; i < num_rows; i++) {
    const JSAMPLE *y = input_buf[0][input_row + i];
    const JSAMPLE *cb = input_buf[1][input_row + i];
    const JSAMPLE *cr = input_buf[2][input_row + i];
    JDIMENSION x = 0;
    for (; x + 16 <= width; x += 16) convert(y + x, cb + x, cr + x, output_buf[i] + 3 * x);
    if (x < width) {
      JSAMPLE rest[48];
      convert(y + x, cb + x, cr + x, rest);
      memcpy(output_buf[i] + 3 * x, rest, 3 * (width - x));
    }
  }
}
