/* Encodes gray or RGB pixels to a baseline JPEG file. Exports `input` and `encode`. */
#include "support.h"
#include "jerror.h"

static struct jpeg_compress_struct picture;
static struct jpeg_error_mgr errors;
static JSAMPLE *pixels;

/* What `encode` gives. */
static struct {
  JOCTET *file;
  size_t length;
} result;

static void init_destination(j_compress_ptr cinfo) { (void)cinfo; }
static void term_destination(j_compress_ptr cinfo) { (void)cinfo; }

static boolean empty_output_buffer(j_compress_ptr cinfo) {
  (void)cinfo;
  fail(JERR_BUFFER_SIZE); /* the room is for the worst case */
}

static struct jpeg_destination_mgr destination = {
  .init_destination = init_destination,
  .empty_output_buffer = empty_output_buffer,
  .term_destination = term_destination,
};

/* Makes room for `length` bytes of pixels, which the caller puts there. What earlier calls gave is void. */
EXPORT("input") JSAMPLE *input(size_t length) {
  reset_memory();
  pixels = allocate(length);
  if (!pixels) fail(JERR_OUT_OF_MEMORY);
  return pixels;
}

/* Encodes the pixels: gray with 1 component, with 3 RGB whose chroma is halved in both directions (4:2:0). */
EXPORT("encode") const void *encode(int width, int height, int components, int quality) {
  picture.err = strict_errors(&errors);
  jpeg_create_compress(&picture);
  /* What tjBufSize of libjpeg-turbo says a file needs at most. */
  size_t side = components == 1 ? 8 : 16;
  size_t room = ((width + side - 1) & -side) * ((height + side - 1) & -side) * (components == 1 ? 2 : 3) + 2048;
  JOCTET *file = allocate(room);
  if (!file) fail(JERR_OUT_OF_MEMORY);
  destination.next_output_byte = file;
  destination.free_in_buffer = room;
  picture.dest = &destination;
  picture.image_width = width;
  picture.image_height = height;
  picture.input_components = components;
  picture.in_color_space = components == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(&picture);
  jpeg_set_quality(&picture, quality, TRUE);
  jpeg_start_compress(&picture, TRUE);
  size_t stride = (size_t)width * components;
  while (picture.next_scanline < picture.image_height) {
    JSAMPROW row = pixels + picture.next_scanline * stride;
    jpeg_write_scanlines(&picture, &row, 1);
  }
  jpeg_finish_compress(&picture);
  result.file = file;
  result.length = room - destination.free_in_buffer;
  return &result;
}
