/* Settings of libjpeg-turbo 2.1.5 for WebAssembly; in place of the file that its own build makes of jconfigint.h.in. */
#define BUILD "lakelet"
#undef inline
#define INLINE __inline__ __attribute__((always_inline))
#define THREAD_LOCAL
#define PACKAGE_NAME "libjpeg-turbo"
#define VERSION "2.1.5"
#define SIZEOF_SIZE_T 4
#define HAVE_BUILTIN_CTZL
#define FALLTHROUGH __attribute__((fallthrough));
