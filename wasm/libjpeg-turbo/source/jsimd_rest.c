/* The jsimd_* functions that say no, but for those that simd.c has. */
#pragma weak jsimd_can_idct_islow
#pragma weak jsimd_idct_islow
#pragma weak jsimd_can_h2v1_fancy_upsample
#pragma weak jsimd_h2v1_fancy_upsample
#pragma weak jsimd_can_h2v2_fancy_upsample
#pragma weak jsimd_h2v2_fancy_upsample
#pragma weak jsimd_can_ycc_rgb
#pragma weak jsimd_ycc_rgb_convert
#include "jsimd_none.c"
