/*
 * Memory and errors for libjpeg-turbo in WebAssembly.
 *
 * The heap is a bump allocator: a call forgets all that the call before it had, so nothing needs to be freed.
 */
#include <stdlib.h>
#include <string.h>
#include "support.h"
#include "jerror.h"

#define PAGE 65536
#define ALIGNMENT 32 /* what jmemmgr.c asks for with SIMD */

extern unsigned char __heap_base; /* set by the linker */
static size_t top;

void reset_memory(void) { top = ((size_t)&__heap_base + ALIGNMENT - 1) & -ALIGNMENT; }

void *allocate(size_t bytes) {
  size_t start = top;
  size_t have = (size_t)__builtin_wasm_memory_size(0) * PAGE;
  if (bytes > (size_t)-1 - start - 2 * PAGE) return NULL;
  size_t end = (start + bytes + ALIGNMENT - 1) & -ALIGNMENT;
  if (end > have && !grow((end - have + PAGE - 1) / PAGE)) return NULL;
  top = end;
  return (void *)start;
}

/* What the library calls; it frees with the picture, which reset_memory does at once. */
void *malloc(size_t bytes) { return allocate(bytes); }
void free(void *memory) { (void)memory; }

static void error_exit(j_common_ptr cinfo) { fail(cinfo->err->msg_code); }

static void emit_message(j_common_ptr cinfo, int level) {
  if (level < 0) fail(cinfo->err->msg_code); /* a warning: the data is damaged or cut off */
}

static void output_message(j_common_ptr cinfo) { (void)cinfo; }

static void format_message(j_common_ptr cinfo, char *buffer) {
  (void)cinfo;
  buffer[0] = 0;
}

static void reset_error_mgr(j_common_ptr cinfo) { cinfo->err->msg_code = 0; }

struct jpeg_error_mgr *strict_errors(struct jpeg_error_mgr *errors) {
  memset(errors, 0, sizeof *errors);
  errors->error_exit = error_exit;
  errors->emit_message = emit_message;
  errors->output_message = output_message;
  errors->format_message = format_message;
  errors->reset_error_mgr = reset_error_mgr;
  return errors;
}
