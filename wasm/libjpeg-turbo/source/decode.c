/* Decodes a JPEG file to gray or RGB pixels. Exports `input` and `decode`. */
#include <string.h>
#include "support.h"
#include "jerror.h"

#define ROWS 16

static struct jpeg_decompress_struct picture;
static struct jpeg_error_mgr errors;
static JOCTET *file;

/* What `decode` gives. */
static struct {
  int width, height, components;
  JSAMPLE *pixels;
} result;

static void init_source(j_decompress_ptr cinfo) { (void)cinfo; }
static void term_source(j_decompress_ptr cinfo) { (void)cinfo; }

static boolean fill_input_buffer(j_decompress_ptr cinfo) {
  (void)cinfo;
  fail(JWRN_JPEG_EOF);
}

static void skip_input_data(j_decompress_ptr cinfo, long bytes) {
  if (bytes <= 0) return;
  if ((size_t)bytes > cinfo->src->bytes_in_buffer) fail(JWRN_JPEG_EOF);
  cinfo->src->next_input_byte += bytes;
  cinfo->src->bytes_in_buffer -= bytes;
}

static struct jpeg_source_mgr source = {
  .init_source = init_source,
  .fill_input_buffer = fill_input_buffer,
  .skip_input_data = skip_input_data,
  .resync_to_restart = jpeg_resync_to_restart,
  .term_source = term_source,
};

/* Makes room for a file of `length` bytes, which the caller puts there. What earlier calls gave is void. */
EXPORT("input") JOCTET *input(size_t length) {
  reset_memory();
  file = allocate(length);
  if (!file) fail(JERR_OUT_OF_MEMORY);
  return file;
}

/* Decodes the file of `length` bytes: one component to gray, three to RGB. */
EXPORT("decode") const void *decode(size_t length) {
  picture.err = strict_errors(&errors);
  jpeg_create_decompress(&picture);
  source.next_input_byte = file;
  source.bytes_in_buffer = length;
  picture.src = &source;
  jpeg_read_header(&picture, TRUE);
  picture.out_color_space = picture.num_components == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_start_decompress(&picture);
  size_t stride = (size_t)picture.output_width * picture.output_components;
  JSAMPLE *pixels = allocate(stride * picture.output_height);
  if (!pixels) fail(JERR_OUT_OF_MEMORY);
  while (picture.output_scanline < picture.output_height) {
    JSAMPROW rows[ROWS];
    for (size_t i = 0; i < ROWS; i++) rows[i] = pixels + (picture.output_scanline + i) * stride;
    jpeg_read_scanlines(&picture, rows, ROWS);
  }
  jpeg_finish_decompress(&picture);
  result.width = picture.output_width;
  result.height = picture.output_height;
  result.components = picture.output_components;
  result.pixels = pixels;
  return &result;
}
