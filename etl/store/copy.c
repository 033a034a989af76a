#include "store/copy.h"

#include <assert.h>
#include <endian.h>
#include <libpq-fe.h>

enum {
	CHUNK = 1 << 20,
	JSONB_VERSION = 1,
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
	buf_add(&c->bytes, "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19);
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

/* A failure to send means that the connection is gone; a refused row shows only in the final result. */
static bool send_rows(struct copy *c, PGconn *connection)
{
	put2(add_room(c, 2), UINT16_MAX); /* end of data */
	for (size_t sent = 0; sent < c->bytes.len; sent += CHUNK) {
		size_t left = c->bytes.len - sent;
		if (PQputCopyData(connection, c->bytes.ptr + sent, (int)(left < CHUNK ? left : CHUNK)) != 1)
			return false;
	}
	return PQputCopyEnd(connection, NULL) == 1;
}

bool copy_flush(struct copy *c, struct db *db, const char *command, struct err *e)
{
	assert(c->missing == 0);
	if (c->rows == 0)
		return true;
	PGresult *result = PQexec(db->connection, command);
	bool done = PQresultStatus(result) == PGRES_COPY_IN;
	if (done) {
		PQclear(result);
		/* When sending fails, the result says why, if the server could still say it. */
		bool sent = send_rows(c, db->connection);
		result = PQgetResult(db->connection);
		done = sent && PQresultStatus(result) == PGRES_COMMAND_OK;
	}
	if (!done)
		db_fail(db, result, NULL, 0, e);
	PQclear(result);
	while ((result = PQgetResult(db->connection)))
		PQclear(result);
	copy_begin(c);
	return done;
}

void copy_release(struct copy *c)
{
	buf_release(&c->bytes);
}
