/* What libjpeg-turbo needs around it in a WebAssembly module without a C library: memory and errors. */
#include <stddef.h>
#include <stdio.h>
#include "jpeglib.h"

/* Makes a function one of the module's exports. */
#define EXPORT(name) __attribute__((export_name(name)))

/* Forgets all memory that was handed out. */
void reset_memory(void);

/* Bytes of the heap, aligned to 32; NULL when the memory cannot grow. */
void *allocate(size_t bytes);

/* Makes every error, and every warning, end the call: pictures are whole or refused. */
struct jpeg_error_mgr *strict_errors(struct jpeg_error_mgr *errors);

/* Adds pages of 64 KiB to the memory; 0 when there are none. */
int grow(size_t pages) __attribute__((import_module("env"), import_name("grow")));

/* Ends the call with a JavaScript exception, so it does not return; `code` is one of jerror.h, or 0. */
_Noreturn void fail(int code) __attribute__((import_module("env"), import_name("fail")));
