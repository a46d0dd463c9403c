/* Settings of libjpeg-turbo 2.1.5 for WebAssembly; in place of the file that its own build makes of jconfig.h.in. */
#define JPEG_LIB_VERSION 62
#define LIBJPEG_TURBO_VERSION 2.1.5
#define LIBJPEG_TURBO_VERSION_NUMBER 2001005
#define MEM_SRCDST_SUPPORTED 1
#define WITH_SIMD 1
#define BITS_IN_JSAMPLE 8
#define NO_GETENV 1
#define NO_PUTENV 1
