/* The few flat functions through which Swift reaches libpng.
 *
 * libpng reports errors with longjmp, which may not cross a Swift frame: every jump starts and
 * ends inside these functions. They return 0 when all went well; otherwise they fill `message`
 * with libpng's reason and leave nothing allocated. */

#ifndef CPNGBRIDGE_H
#define CPNGBRIDGE_H

#include <stddef.h>
#include <stdint.h>

/* What the file says of itself, and what decoding it gives. */
typedef struct {
  uint32_t width;
  uint32_t height;
  int bit_depth;        /* 1, 2, 4, 8 or 16, as stored */
  int color_type;       /* the number stored in the header: 0, 2, 3, 4 or 6 */
  int interlaced;       /* 1 for Adam7 */
  int has_transparency; /* an alpha channel, or a tRNS chunk */
  int channels;         /* of the decoded image: 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA */
} cpng_header;

/* Reads everything before the pixels. */
int cpng_read_header(const uint8_t *bytes, size_t count, cpng_header *header, char *message,
                     size_t message_capacity);

/* Reads the whole file into 8-bit samples, row by row without gaps: `capacity` must be
 * width * height * channels of its header. */
int cpng_decode(const uint8_t *bytes, size_t count, uint8_t *pixels, size_t capacity,
                char *message, size_t message_capacity);

/* Encodes 8-bit samples of 1 (grey) or 3 (RGB) channels; free the result with `free`. */
int cpng_encode(const uint8_t *pixels, uint32_t width, uint32_t height, int channels,
                uint8_t **bytes, size_t *count, char *message, size_t message_capacity);

#endif
