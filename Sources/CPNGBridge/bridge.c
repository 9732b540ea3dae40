#include "CPNGBridge.h"

#include <png.h>
#include <stdlib.h>
#include <string.h>

/* Where libpng's reason goes before it jumps. */
typedef struct {
  char *text;
  size_t capacity;
} reason;

static void keep_reason(png_structp png, png_const_charp text) {
  reason *kept = png_get_error_ptr(png);
  strncpy(kept->text, text, kept->capacity - 1);
  kept->text[kept->capacity - 1] = 0;
  png_longjmp(png, 1);
}

static void ignore_warning(png_structp png, png_const_charp text) {
  (void)png;
  (void)text;
}

/* ---- reading ---- */

typedef struct {
  const uint8_t *bytes;
  size_t left;
} source;

static void take(png_structp png, png_bytep into, size_t count) {
  source *from = png_get_io_ptr(png);
  if (count > from->left) png_error(png, "the file ends too early");
  memcpy(into, from->bytes, count);
  from->bytes += count;
  from->left -= count;
}

/* Chooses what is refused, then reads up to the pixels. */
static void read_header(png_structp png, png_infop info, source *from) {
  png_set_read_fn(png, from, take);
  /* The caller judges the size, with the numbers in its message. */
  png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  png_set_crc_action(png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
  /* Of the optional chunks only transparency changes pixels: the others (text, profiles) are
   * skipped, so that what libpng calls benign can be treated as the damage it is. */
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
  png_set_benign_errors(png, 0);
  png_read_info(png, info);
}

static void describe(png_structp png, png_infop info, cpng_header *header) {
  int transparent = png_get_valid(png, info, PNG_INFO_tRNS) != 0;
  int type = png_get_color_type(png, info);
  int alpha = transparent || (type & PNG_COLOR_MASK_ALPHA) != 0;
  header->width = png_get_image_width(png, info);
  header->height = png_get_image_height(png, info);
  header->bit_depth = png_get_bit_depth(png, info);
  header->color_type = type;
  header->interlaced = png_get_interlace_type(png, info) != PNG_INTERLACE_NONE;
  header->has_transparency = alpha;
  header->channels = ((type & PNG_COLOR_MASK_COLOR) ? 3 : 1) + (alpha ? 1 : 0);
}

int cpng_read_header(const uint8_t *bytes, size_t count, cpng_header *header, char *message,
                     size_t message_capacity) {
  reason kept = {message, message_capacity};
  source from = {bytes, count};
  png_infop info = NULL;
  png_structp png =
      png_create_read_struct(PNG_LIBPNG_VER_STRING, &kept, keep_reason, ignore_warning);
  if (png) info = png_create_info_struct(png);
  if (!info || setjmp(png_jmpbuf(png))) {
    if (!info) strncpy(message, "there is not enough memory", message_capacity - 1);
    png_destroy_read_struct(&png, &info, NULL);
    return 1;
  }
  read_header(png, info, &from);
  describe(png, info, header);
  png_destroy_read_struct(&png, &info, NULL);
  return 0;
}

int cpng_decode(const uint8_t *bytes, size_t count, uint8_t *pixels, size_t capacity,
                char *message, size_t message_capacity) {
  reason kept = {message, message_capacity};
  source from = {bytes, count};
  png_infop info = NULL;
  png_bytep *volatile rows = NULL;
  png_structp png =
      png_create_read_struct(PNG_LIBPNG_VER_STRING, &kept, keep_reason, ignore_warning);
  if (png) info = png_create_info_struct(png);
  if (!info || setjmp(png_jmpbuf(png))) {
    if (!info) strncpy(message, "there is not enough memory", message_capacity - 1);
    free(rows);
    png_destroy_read_struct(&png, &info, NULL);
    return 1;
  }
  read_header(png, info, &from);
  png_set_expand(png); /* palette to RGB, fewer bits to 8, tRNS to alpha */
  png_set_scale_16(png);
  png_set_interlace_handling(png);
  png_read_update_info(png, info);

  size_t height = png_get_image_height(png, info);
  size_t row_size = png_get_rowbytes(png, info);
  if (row_size * height != capacity) png_error(png, "its header does not fit its pixels");
  rows = malloc(height * sizeof *rows);
  if (!rows) png_error(png, "there is not enough memory");
  for (size_t row = 0; row < height; row++) rows[row] = pixels + row * row_size;
  png_read_image(png, rows);
  png_read_end(png, NULL);
  free(rows);
  png_destroy_read_struct(&png, &info, NULL);
  return 0;
}

/* ---- writing ---- */

typedef struct {
  uint8_t *bytes;
  size_t count;
  size_t capacity;
} sink;

static void give(png_structp png, png_bytep from, size_t count) {
  sink *into = png_get_io_ptr(png);
  if (into->count + count > into->capacity) {
    size_t capacity = into->capacity * 2 + count + 4096;
    uint8_t *larger = realloc(into->bytes, capacity);
    if (!larger) png_error(png, "there is not enough memory");
    into->bytes = larger;
    into->capacity = capacity;
  }
  memcpy(into->bytes + into->count, from, count);
  into->count += count;
}

static void nothing_to_flush(png_structp png) { (void)png; }

int cpng_encode(const uint8_t *pixels, uint32_t width, uint32_t height, int channels,
                uint8_t **bytes, size_t *count, char *message, size_t message_capacity) {
  reason kept = {message, message_capacity};
  sink into = {NULL, 0, 0};
  png_infop info = NULL;
  png_structp png =
      png_create_write_struct(PNG_LIBPNG_VER_STRING, &kept, keep_reason, ignore_warning);
  if (png) info = png_create_info_struct(png);
  if (!info || setjmp(png_jmpbuf(png))) {
    if (!info) strncpy(message, "there is not enough memory", message_capacity - 1);
    /* `into` has its address in libpng, so its fields are never held in registers. */
    free(into.bytes);
    png_destroy_write_struct(&png, &info);
    return 1;
  }
  png_set_write_fn(png, &into, give, nothing_to_flush);
  png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  int type = channels == 3 ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_GRAY;
  png_set_IHDR(png, info, width, height, 8, type, PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  /* Stated, not left to the library's defaults: the same pixels give the same bytes. */
  png_set_compression_level(png, 6);
  png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_ALL_FILTERS);
  png_write_info(png, info);
  size_t row_size = (size_t)width * (size_t)channels;
  for (uint32_t row = 0; row < height; row++) png_write_row(png, pixels + row * row_size);
  png_write_end(png, info);
  png_destroy_write_struct(&png, &info);
  *bytes = into.bytes;
  *count = into.count;
  return 0;
}
