#include "store/copy.h"

#include <assert.h>
#include <endian.h>
#include <libpq-fe.h>

enum {
	CHUNK = 1 << 20,
	JSONB_VERSION = 1,
	HEADER = 19,
	RUN_MAX = 256 << 20, /* what is sent before the server is asked whether all is well */
};
#define FIELD_MAX ((size_t)1 << 30) /* PostgreSQL's own limit of a value */

/* Room for that many bytes at the end, which count as added. */
static inline char *add_room(struct copy *c, size_t len)
{
	buf_reserve(&c->bytes, len);
	char *to = c->bytes.ptr + c->bytes.len;
	c->bytes.len += len;
	return to;
}

static inline char *put2(char *to, uint16_t value)
{
	value = htobe16(value);
	memcpy(to, &value, sizeof value);
	return to + sizeof value;
}

static inline char *put4(char *to, uint32_t value)
{
	value = htobe32(value);
	memcpy(to, &value, sizeof value);
	return to + sizeof value;
}

static inline char *put8(char *to, uint64_t value)
{
	value = htobe64(value);
	memcpy(to, &value, sizeof value);
	return to + sizeof value;
}

/* Each value is its length and its bytes: room for these, the length before them written. */
static inline char *add_value(struct copy *c, size_t len)
{
	assert(c->missing > 0 && len < FIELD_MAX);
	c->missing--;
	return put4(add_room(c, sizeof(uint32_t) + len), (uint32_t)len);
}

void copy_begin(struct copy *c)
{
	buf_reset(&c->bytes);
	c->rows = 0;
	c->missing = 0;
	/* Its signature, flags, and the length of what extends it. */
	buf_add(&c->bytes, "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", HEADER);
}

void copy_row(struct copy *c, int columns)
{
	assert(c->missing == 0);
	c->missing = columns;
	c->rows++;
	put2(add_room(c, 2), (uint16_t)columns);
}

void copy_null(struct copy *c)
{
	assert(c->missing > 0);
	c->missing--;
	put4(add_room(c, 4), UINT32_MAX);
}

void copy_text(struct copy *c, struct slice value)
{
	if (!value.ptr) {
		copy_null(c);
		return;
	}
	memcpy(add_value(c, value.len), value.ptr, value.len);
}

void copy_bytea(struct copy *c, struct slice value)
{
	copy_text(c, value);
}

void copy_jsonb(struct copy *c, struct slice value)
{
	if (!value.ptr) {
		copy_null(c);
		return;
	}
	char *to = add_value(c, value.len + 1);
	*to = JSONB_VERSION;
	memcpy(to + 1, value.ptr, value.len);
}

void copy_int8(struct copy *c, int64_t value)
{
	put8(add_value(c, sizeof value), (uint64_t)value);
}

void copy_int4(struct copy *c, int32_t value)
{
	put4(add_value(c, sizeof value), (uint32_t)value);
}

void copy_int2(struct copy *c, int16_t value)
{
	put2(add_value(c, sizeof value), (uint16_t)value);
}

void copy_bool(struct copy *c, bool value)
{
	*add_value(c, 1) = (char)value;
}

void copy_timestamptz(struct copy *c, utc_us value)
{
	if (value == UTC_NONE)
		copy_null(c);
	else
		copy_int8(c, value - UTC_PG_EPOCH);
}

void copy_date(struct copy *c, utc_us value)
{
	if (value == UTC_NONE)
		copy_null(c);
	else
		copy_int4(c, (int32_t)((utc_day_start(value) - UTC_PG_EPOCH) / UTC_DAY));
}

void copy_numeric(struct copy *c, const struct decimal *value)
{
	if (!value) {
		copy_null(c);
		return;
	}
	uint8_t wire[DECIMAL_NUMERIC_MAX];
	size_t len = decimal_numeric(value, wire);
	memcpy(add_value(c, len), wire, len);
}

void copy_sum(struct copy *c, const struct decimal_sum *value)
{
	if (!value) {
		copy_null(c);
		return;
	}
	uint8_t wire[DECIMAL_SUM_NUMERIC_MAX];
	size_t len = decimal_sum_numeric(value, wire);
	memcpy(add_value(c, len), wire, len);
}

/* ---- sending ---- */

static bool copy_open(struct copy_run *r, const char *command, struct err *e)
{
	PGresult *result = PQexec(r->db->connection, command);
	r->is_open = PQresultStatus(result) == PGRES_COPY_IN;
	r->is_broken = false;
	r->sent = 0;
	buf_reset(&r->command);
	buf_add_text(&r->command, command);
	if (!r->is_open)
		db_fail(r->db, result, NULL, 0, e);
	PQclear(result);
	return r->is_open;
}

static void send_bytes(struct copy_run *r, const char *bytes, size_t len)
{
	for (size_t sent = 0; sent < len && !r->is_broken; sent += CHUNK)
		r->is_broken = PQputCopyData(r->db->connection, bytes + sent,
		                             (int)(len - sent < CHUNK ? len - sent : CHUNK)) != 1;
	r->sent += len;
}

bool copy_send(struct copy_run *r, struct copy *c, const char *command, struct err *e)
{
	assert(c->missing == 0);
	if (c->rows == 0)
		return true;
	bool is_same = r->is_open && r->sent < RUN_MAX && slice_is(buf_slice(&r->command), command);
	if (!is_same && (!copy_end(r, e) || !copy_open(r, command, e))) {
		copy_begin(c);
		return false;
	}
	size_t head = r->sent > 0 ? HEADER : 0;
	send_bytes(r, c->bytes.ptr + head, c->bytes.len - head);
	copy_begin(c);
	return !r->is_broken || copy_end(r, e);
}

/* A failure to send means that the connection is gone; a refused row shows only in the final result, and that says why,
 * if the server could still say it. */
bool copy_end(struct copy_run *r, struct err *e)
{
	if (!r->is_open)
		return true;
	r->is_open = false;
	send_bytes(r, "\377\377", 2);
	bool done = PQputCopyEnd(r->db->connection, r->is_broken ? "the client could not send all" : NULL) == 1 &&
	            !r->is_broken;
	PGresult *result = PQgetResult(r->db->connection);
	done = done && PQresultStatus(result) == PGRES_COMMAND_OK;
	if (!done)
		db_fail(r->db, result, NULL, 0, e);
	PQclear(result);
	while (PQstatus(r->db->connection) == CONNECTION_OK && (result = PQgetResult(r->db->connection)))
		PQclear(result);
	return done;
}

void copy_run_release(struct copy_run *r)
{
	buf_release(&r->command);
}

bool copy_flush(struct copy *c, struct db *db, const char *command, struct err *e)
{
	struct copy_run r = {.db = db};
	bool done = copy_send(&r, c, command, e) && copy_end(&r, e);
	copy_run_release(&r);
	return done;
}

void copy_release(struct copy *c)
{
	buf_release(&c->bytes);
}
