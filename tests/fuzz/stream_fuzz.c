/* gzip of any kind: a stream ends or fails, and what was peeked is what is read. */
#include "fuzz.h"

#include "source/stream.h"

enum { MOST = 64 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err e = ERR_INIT;
	struct slice head, chunk;
	struct stream *in = stream_of_memory("in", fuzz_slice(data, size));
	struct buf seen = BUF_INIT;
	size_t total = 0;
	bool fine = stream_peek(in, 1000, &head, &e);
	if (fine)
		buf_add_slice(&seen, head);
	while (fine && (fine = stream_next(in, &chunk, &e)) && chunk.len > 0 && total < MOST) {
		if (total < seen.len)
			MUST(memcmp(chunk.ptr, seen.ptr + total,
			            chunk.len < seen.len - total ? chunk.len : seen.len - total) == 0);
		total += chunk.len;
	}
	MUST(fine == (e.kind == ERR_NONE));
	MUST(!fine || total >= seen.len);
	MUST(stream_bytes_read(in) <= size);
	buf_release(&seen);
	stream_free(in);
	return 0;
}
